namespace MtrlFunctional.Tests.Surgery

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Surgery
open MtrlFunctional.Tests

/// A method of surgery costs its own file and a line of the list. Numbers recorded for each method are replayed in
/// `src/Verification`, as tests of it are.
[<TestFixture>]
module ``a method of surgery`` =
    let private source = Path.Combine(Repository.root, "src")

    let private isBuilt (path: string) =
        Regex.IsMatch(path, @"[/\\](obj|bin)[/\\]")

    /// Code without comments and texts.
    let private codeOf path =
        Regex.Replace(File.ReadAllText path, "//.*|\"[^\"\n]*\"", "")

    let private files =
        lazy
            [
                for pattern in [ "*.fs"; "*.cs" ] do
                    for path in
                        Directory.EnumerateFiles(source, pattern, SearchOption.AllDirectories) do
                        let name = Path.GetRelativePath(source, path)

                        if not (isBuilt path || name.StartsWith "Verification") then
                            name, codeOf path
            ]

    let private words = Methods.all |> List.map _.Name

    /// The file that has the word of a method as its own.
    let private fileOf (word: string) =
        Directory.EnumerateFiles(
            Path.Combine(source, "Core/Surgery"),
            "*.fs",
            SearchOption.AllDirectories
        )
        |> Seq.filter (fun path ->
            Regex.IsMatch(File.ReadAllText path, $"Method\\.(withKeys|Of)\\s*\\(?\\s*\"{word}\""))
        |> Seq.exactlyOne

    [<TestCaseSource(nameof words)>]
    let ``is named by its own file, and by the list`` (word: string) =
        let own = fileOf word
        let name = Path.GetFileNameWithoutExtension own
        Assert.That(codeOf own, Does.Contain $"module {name} =")

        let naming =
            files.Value
            |> List.filter (fun (_, code) -> Regex.IsMatch(code, $@"\b{name}\b"))
            |> List.map fst

        Assert.That(
            naming,
            Is.EquivalentTo [
                Path.GetRelativePath(source, own)
                Path.Combine("Core", "Surgery", "Methods.fs")
            ]
        )

    [<Test>]
    let ``has a word and keys that no other has`` () =
        let words = List.map fst Methods.described
        Assert.That(List.distinct words, Has.Length.EqualTo words.Length)

        for method' in Methods.all do
            for key in method'.Keys.Schema.Keys do
                Assert.That(key.Path, Does.StartWith $"agent.surgery.{method'.Name}.")
