/// Runs a piece of the program and returns what it printed.
module MtrlFunctional.Cli.Tests.Capture

open System
open System.IO
open NUnit.Framework
open MtrlFunctional

type Printed = { Exit: int; Out: string; Err: string }

let private gate = obj ()

/// Standard output and error belong to the process, so one capture at a time.
let private capture (newOut: StringWriter) (newErr: StringWriter) (body: unit -> int) =
    lock gate (fun () ->
        let out, err = Console.Out, Console.Error
        Console.SetOut newOut
        Console.SetError newErr

        try
            let exit = body ()

            { Exit = exit; Out = newOut.ToString(); Err = newErr.ToString() }
        finally
            Console.SetOut out
            Console.SetError err)

let run body =
    use out = new StringWriter()
    use err = new StringWriter()
    capture out err body

/// `mtrl WORDS` in a folder, in this process: output and messages as a terminal shows them.
let shown (folder: string) words =
    let place = Environment.CurrentDirectory
    use both = new StringWriter()
    Environment.CurrentDirectory <- folder

    try
        (capture both both (fun () -> MtrlFunctional.Cli.Program.run words)).Out
    finally
        Environment.CurrentDirectory <- place

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
