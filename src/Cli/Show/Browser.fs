/// Pages in the browsers of the machine: shown on the desktop, or drawn into a picture.
module MtrlFunctional.Cli.Show.Browser

open System
open System.ComponentModel
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Cli.Output

/// Opens an address or a file on the desktop; says so where there is no program for it.
let openPage (page: string) =
    let say reason =
        eprintfn $"mtrl: --open: {reason}; open {page} in a browser."

    try
        use opening = StartedProcess.start [ "xdg-open"; page ] []

        // With a browser it ends at once, or goes on as the browser.
        if opening.WaitForExit(TimeSpan.FromSeconds 2.0) && opening.ExitCode <> 0 then
            say "xdg-open finds no browser"
    with :? Win32Exception ->
        say "xdg-open is not installed"

let private names = [ "chromium"; "chromium-browser"; "google-chrome" ]

let chromium () =
    let folders =
        match Environment.GetEnvironmentVariable "PATH" with
        | null -> [||]
        | path -> path.Split Path.PathSeparator

    names
    |> List.collect (fun name -> [ for folder in folders -> Path.Combine(folder, name) ])
    |> List.tryFind File.Exists

/// Flags without which it needs a screen or a network; its sandbox does not work for root.
let flags profile = [
    "--headless"
    "--disable-gpu"
    "--disable-quic"
    "--no-first-run"
    "--disable-background-networking"
    "--disable-component-update"
    "--disable-sync"
    "--hide-scrollbars"
    $"--user-data-dir={profile}"
    if Environment.UserName = "root" then
        "--no-sandbox"
]

let private limit = TimeSpan.FromSeconds 60.0

/// Its standard output, if it ends in time.
let private run words =
    use browser = StartedProcess.start words []
    let output = browser.StandardOutput.ReadToEndAsync()
    browser.BeginErrorReadLine()

    if browser.WaitForExit limit && browser.ExitCode = 0 then
        Some(output.GetAwaiter().GetResult())
    else
        if not browser.HasExited then
            browser.Kill(entireProcessTree = true)

        None

/// Height that the page states of itself, as `data-height` of its root.
let private heightOf (html: string) =
    match Regex.Match(html, "data-height=\"(\\d{1,5})\"") with
    | found when found.Success -> Some(int found.Groups[1].Value)
    | _ -> None

/// Draws a whole page of a width in pixels into a PNG; a message where that is not possible.
let draw (page: string) (width: int) (picture: string) : Result<unit, string> =
    match chromium () with
    | None ->
        Error $"--png: no Chromium on this machine (apt-get install chromium); {page} was written."
    | Some program ->
        let profile = Directory.CreateTempSubdirectory "mtrl-chromium-"

        try
            let address = Uri(Path.GetFullPath page).AbsoluteUri

            let common height =
                flags profile.FullName
                @ [ $"--window-size={width},{height}"; "--virtual-time-budget=5000" ]

            let drawn =
                run (program :: common 1000 @ [ "--dump-dom"; address ])
                |> Option.bind heightOf
                |> Option.bind (fun height ->
                    let screenshot = $"--screenshot={Path.GetFullPath picture}"
                    run (program :: common height @ [ screenshot; address ]))

            match drawn with
            | Some _ when File.Exists picture -> Ok()
            | _ -> Error $"--png: {program} did not draw {page}."
        finally
            profile.Delete(recursive = true)
