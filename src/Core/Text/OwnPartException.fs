namespace MtrlFunctional

open System

/// A function that a program gave the library failed, or returned what it must not. The message names the part; the
/// inner exception is the function's, or null. The facade raises an MtrlException instead, with the place of the call.
[<Sealed>]
type internal OwnPartException(message: string, inner: exn | null) =
    inherit Exception(message, inner)

/// Calls of functions that a program gave.
module internal OwnPart =
    /// What an exception says, of one of libtorch without the frames of its stack.
    let private reason (error: exn) =
        (error.Message.Split "Exception raised from" |> Array.head).Trim().TrimEnd '.'

    /// What a part returned is wrong.
    let refuse part what =
        raise (OwnPartException($"{part} {what}.", null))

    /// The result of a function, which is not null. `part` names it: "own/mine: Solve".
    let call (part: string) (run: unit -> 'result) : 'result =
        let result =
            try
                run ()
            with
            | :? OwnPartException -> reraise ()
            | error -> raise (OwnPartException($"{part} failed: {reason error}.", error))

        if isNull (box result) then
            refuse part "returned null"
        else
            result
