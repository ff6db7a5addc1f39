/// Commands for a shell, in messages that they are copied from.
module MtrlFunctional.Shell

open System

/// A word as a shell reads it unchanged: in quotation marks where it has more than letters, digits and a few signs.
[<CompiledName("Quoted")>]
let quoted (word: string) =
    if
        word
        |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || "_-./=:,+".Contains c)
    then
        word
    else
        "'" + word.Replace("'", "'\\''") + "'"

/// A command within a sentence: 'mtrl resume runs/mt10/seed-1', or without these marks where a word has its own.
[<CompiledName("Command")>]
let command (words: string seq) =
    let line = words |> Seq.map quoted |> String.concat " "

    if line.Contains '\'' then line else $"'{line}'"
