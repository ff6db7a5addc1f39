/// Runs a piece of the program and returns what it printed.
module MtrlFunctional.Cli.Tests.Capture

open System
open System.IO

type Printed = { Exit: int; Out: string; Err: string }

let private gate = obj ()

/// Standard output and error belong to the process, so one capture at a time.
let run (body: unit -> int) =
    lock gate (fun () ->
        let out, err = Console.Out, Console.Error
        use newOut = new StringWriter()
        use newErr = new StringWriter()
        Console.SetOut newOut
        Console.SetError newErr

        try
            let exit = body ()

            { Exit = exit; Out = newOut.ToString(); Err = newErr.ToString() }
        finally
            Console.SetOut out
            Console.SetError err)

/// `mtrl WORDS`, in this process.
let mtrl words =
    run (fun () -> MtrlFunctional.Cli.Program.run words)
