/// The page of `mtrl play` as a part of the site, and the link to it as the first thing of the home page.
module MtrlFunctional.Site.Play

open System.Diagnostics
open System.IO

/// Whether eng/page.sh has fetched the packages of the page.
let isPossible (root: string) =
    File.Exists(Path.Combine(root, ".mtrl", "page", "fetched.json"))

let private link =
    "\n<p><a href=\"play/index.html\"><strong>See one policy solve fifty tasks</strong></a> in this browser. Drag the goal.</p>"

/// Writes the page into the folder `play` of the site, and links it; false: the program does not write it.
let add (root: string) (site: string) =
    let program = Path.Combine(root, "src/Cli/bin/Release/net10.0/mtrl.dll")
    let words = [ program; "play"; "--export"; Path.Combine(site, "play") ]
    use running = Process.Start(ProcessStartInfo("dotnet", words)) |> nonNull
    running.WaitForExit()

    if running.ExitCode = 0 then
        let home = Path.Combine(site, "index.html")
        let text = File.ReadAllText home
        let title = "</h1>"
        File.WriteAllText(home, text.Insert(text.IndexOf title + title.Length, link))

    running.ExitCode = 0
