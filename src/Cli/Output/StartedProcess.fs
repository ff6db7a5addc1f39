/// Other programs, and this one again, in processes of their own.
module MtrlFunctional.Cli.Output.StartedProcess

open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices

/// The folder of the .NET that runs this program: shared/Microsoft.NETCore.App/10.0.0 is below it.
let root =
    Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))

/// Its `dotnet`, whether or not that is on the path.
let dotnet = Path.Combine(root, "dotnet")

let self () = [ dotnet; Assembly.GetExecutingAssembly().Location ]

/// Starts the first word with the others, and further variables of the environment; output and errors are to be read.
let start (words: string list) (variables: (string * string) list) =
    let info =
        ProcessStartInfo(
            List.head words,
            List.tail words,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in variables do
        info.Environment[name] <- value

    nonNull (Process.Start info)

/// Runs words to their end: exit code, output and errors. Raises Win32Exception where there is no such program.
let execute words variables =
    use running = start words variables
    let errors = running.StandardError.ReadToEndAsync()
    let output = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    running.ExitCode, output, errors.Result
