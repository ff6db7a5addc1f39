module MtrlFunctional.Tests.Surgery.MethodSeamTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Surgery
open MtrlFunctional.Tests

/// A method of surgery costs its own file and a line of the list. Numbers recorded for each method are replayed in
/// `src/Verification`, as tests of it are.
let ``a method of surgery`` = [
    let source = Path.Combine(Repository.root, "src")

    let isBuilt (path: string) =
        Regex.IsMatch(path, @"[/\\](obj|bin)[/\\]")

    // Code without comments and texts.
    let codeOf path =
        Regex.Replace(File.ReadAllText path, "//.*|\"[^\"\n]*\"", "")

    let files =
        lazy
            [
                for pattern in [ "*.fs"; "*.cs" ] do
                    for path in
                        Directory.EnumerateFiles(source, pattern, SearchOption.AllDirectories) do
                        let name = Path.GetRelativePath(source, path)

                        if not (isBuilt path || name.StartsWith "Verification") then
                            name, codeOf path
            ]

    let words = Methods.all |> List.map _.Name

    // The file that has the word of a method as its own.
    let fileOf (word: string) =
        Directory.EnumerateFiles(
            Path.Combine(source, "Core/Surgery"),
            "*.fs",
            SearchOption.AllDirectories
        )
        |> Seq.filter (fun path ->
            Regex.IsMatch(File.ReadAllText path, $"Method\\.(withKeys|Of)\\s*\\(?\\s*\"{word}\""))
        |> Seq.exactlyOne

    testTheory "is named by its own file, and by the list" words (fun word ->
        let own = fileOf word
        let name = Path.GetFileNameWithoutExtension own
        codeOf own |> contains $"module {name} ="

        let naming =
            files.Value
            |> List.filter (fun (_, code) -> Regex.IsMatch(code, $@"\b{name}\b"))
            |> List.map fst

        naming
        |> isPermutationOf (
            [
                Path.GetRelativePath(source, own)
                Path.Combine("Core", "Surgery", "Methods.fs")
            ]
        ))

    testCase "has a word and keys that no other has" (fun () ->
        let words = List.map fst Methods.described
        List.distinct words |> hasLength words.Length

        for method' in Methods.all do
            for key in method'.Keys.Schema.Keys do
                key.Path |> startsWith $"agent.surgery.{method'.Name}.")
]
