/// Words as on a command line.
module MtrlFunctional.Tests.Words

open System

/// The words of a text, between spaces and ends of lines.
let split (text: string) =
    text.Split([| ' '; '\n' |], StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray
