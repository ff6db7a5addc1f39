/// Runs a piece of the program and returns what it printed.
module MtrlFunctional.Cli.Tests.Capture

open System
open System.IO
open NUnit.Framework
open MtrlFunctional

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

/// The output of `mtrl WORDS`, which succeeds.
let finished words =
    let printed = mtrl words
    Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
    printed.Out

/// The messages of `mtrl WORDS`, which is refused without a stack trace.
let refusal words =
    let printed = mtrl words
    Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
    Assert.That(printed.Err, Does.Not.Contain "   at ")
    printed.Err

/// `mtrl WORDS` is refused with a message, among others.
let refused words (message: string) =
    Assert.That(refusal words, Does.Contain message)
