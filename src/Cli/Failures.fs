/// One line and an exit code for whatever went wrong.
module Mtrl.Cli.Failures

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Tensors

/// Says what happened and what it means for the exit code; where it happened only if asked.
let report verbose (e: exn) =
    let code =
        match e with
        | :? MtrlException as known ->
            eprintfn $"mtrl: {known.Message}"
            known.ExitCode
        | :? IOException
        | :? UnauthorizedAccessException ->
            eprintfn $"mtrl: {e.Message}"
            ExitCode.Stopped
        | :? DllNotFoundException
        | :? SettingException ->
            eprintfn $"mtrl: {e.Message}"
            ExitCode.WrongInput
        | other ->
            let hint =
                if verbose then
                    ""
                else
                    " '--verbose' shows where it happened."
            // Native libraries append pages of their own.
            let first = Array.head (other.Message.Split '\n')
            eprintfn $"mtrl: unexpected: {other.GetType().Name}: {first}{hint}"
            ExitCode.Stopped

    if verbose then
        eprintfn $"{e}"

    code

/// Runs a command; what it raises becomes a line and an exit code.
let guard verbose (command: unit -> int) =
    try
        command ()
    with
    | :? AggregateException as e when e.InnerExceptions.Count = 1 ->
        report verbose e.InnerExceptions[0]
    | e -> report verbose e
