module MtrlFunctional.Tests.Surgery.MethodSeamTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Surgery
open MtrlFunctional.Tests

/// A method of surgery costs its own file and a line of the list.
let ``a method of surgery`` = [
    // The file that has the word of a method as its own.
    let fileOf (word: string) : string =
        SourceNames.filesIn "Core/Surgery"
        |> List.filter (fun path ->
            Regex.IsMatch(File.ReadAllText path, $"Method\\.(withKeys|Of)\\s*\\(?\\s*\"{word}\""))
        |> List.exactlyOne

    let words = Methods.all |> List.map _.Name

    testTheory "is named by the list alone" words (fun word ->
        let own = fileOf word
        let name = string (Path.GetFileNameWithoutExtension own)
        let code: string = SourceNames.codeOf own
        code.Replace("module internal ", "module ") |> contains $"module {name} ="
        SourceNames.naming name |> equals [ "Core/Surgery/Methods.fs" ])

    testCase "has a word and keys that no other has" (fun () ->
        let words = List.map fst Methods.described
        List.distinct words |> hasLength words.Length

        for method' in Methods.all do
            for key in method'.Keys.Keys do
                key.Path |> startsWith $"agent.surgery.{method'.Name}.")
]
