/// The start of the process. Nothing else of the program is initialised before its limits are checked.
module MtrlFunctional.Cli.EntryPoint

open System.Text
open MtrlFunctional
open MtrlFunctional.Cli.Output

[<EntryPoint>]
let main words =
    match OpenFiles.shortage () with
    | Some message ->
        // The console of .NET would open files.
        StandardStream.write 2 (Encoding.UTF8.GetBytes(message + "\n")) 0 1000 |> ignore
        ExitCode.WrongInput
    | None -> ProcessOutput.guard (fun () -> Program.run (List.ofArray words))
