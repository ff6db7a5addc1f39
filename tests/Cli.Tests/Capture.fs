/// Runs a piece of the program and returns what it printed.
module MtrlFunctional.Cli.Tests.Capture

open System
open System.IO
open Expecto
open Expecto.Flip
open MtrlFunctional
open MtrlFunctional.Tests

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

/// What a piece of the program printed that succeeds.
let succeeds (printed: Printed) =
    printed.Exit |> Expect.equal printed.Err ExitCode.Done
    printed

/// `mtrl WORDS`, which succeeds.
let completed words = succeeds (mtrl words)

/// The output of `mtrl WORDS`, which succeeds.
let finished words = (completed words).Out

/// `mtrl WORDS`, which succeeds, whatever it prints.
let does words = completed words |> ignore

/// The messages of what is refused, without output or a stack trace.
let messages (printed: Printed) =
    printed.Exit |> Expect.equal printed.Out ExitCode.WrongInput
    printed.Out |> isEmpty
    printed.Err |> lacks "   at "
    printed.Err

/// The messages of `mtrl WORDS`, which is refused.
let refusal words = messages (mtrl words)

/// `mtrl WORDS` is refused with a message, among others.
let refused words (message: string) = refusal words |> contains message

/// Lines of words, each behind the first words, of which each is refused with a message, among others.
let refusalsOf first name (cases: (string * string) list) =
    testTheory name cases
    <| fun (line, message) -> refused (first @ Words.split line) message

let refusals name cases = refusalsOf [] name cases
