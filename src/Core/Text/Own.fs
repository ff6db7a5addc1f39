/// Words of parts that a program adds to the library's: "own/NAME".
module internal MtrlFunctional.Own

open System

[<Literal>]
let private Prefix = "own/"

/// The word of a name.
[<CompiledName("Word")>]
let word name = Prefix + name

/// Whether a word is one of a program's part.
let isWord (word: string) =
    word.StartsWith(Prefix, StringComparison.Ordinal) && word.Length > Prefix.Length
