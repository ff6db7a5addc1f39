/// Programs of the system, run to their end.
module MtrlFunctional.Cli.Cluster.OtherProgram

open System
open System.ComponentModel
open System.Diagnostics

/// Exit code, output and errors of a program; None: there is no such program.
let run (program: string) (words: string list) =
    let info =
        ProcessStartInfo(
            program,
            words,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    try
        use running = nonNull (Process.Start info)
        let errors = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        Some(running.ExitCode, output, errors.Result)
    with :? Win32Exception ->
        None

/// A text of several lines as one.
let oneLine (text: string) =
    text.Split('\n', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
    |> String.concat " "
