module MtrlFunctional.Cli.Tests.Commands.CommandTests

open Expecto
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Tests

/// Commands stand beside each other: what two of them share is a module below them.
let ``the files of commands`` = [
    let files =
        Directory.GetFiles(
            Path.Combine(Repository.root, "src", "Cli", "Commands"),
            "*.fs",
            SearchOption.AllDirectories
        )

    let nameOf (file: string) =
        Path.GetFileNameWithoutExtension file |> nonNull

    let isNamedIn (text: string) name = Regex.IsMatch(text, $@"\b{name}\b")

    testCase "each holds one command, which the program lists" (fun () ->
        let program =
            File.ReadAllText(Path.Combine(Repository.root, "src", "Cli", "Program.fs"))

        files |> isNotEmpty

        for file in files do
            let name = nameOf file
            File.ReadAllText file |> contains $"module MtrlFunctional.Cli.Commands.{name}\n"
            program |> contains $"    {name}.command")

    testCase "none uses another command" (fun () ->
        let uses = [
            for file in files do
                let text = File.ReadAllText file

                for other in files do
                    if other <> file && isNamedIn text (nameOf other) then
                        $"{nameOf file} uses {nameOf other}"
        ]

        uses |> isEmpty)
]
