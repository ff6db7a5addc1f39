/// Opens pages in the browser of the desktop.
module MtrlFunctional.Cli.Show.Browser

open System
open System.ComponentModel
open System.Diagnostics

/// Opens an address or a file; a message where there is no browser to start.
let openPage (page: string) : Result<unit, string> =
    let program = if OperatingSystem.IsMacOS() then "open" else "xdg-open"

    try
        let info =
            ProcessStartInfo(program, RedirectStandardOutput = true, RedirectStandardError = true)

        info.ArgumentList.Add page
        use started = Process.Start info
        Ok()
    with :? Win32Exception ->
        Error $"--open: {program} is not installed; open {page} in a browser."
