namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Tests

/// Commands stand beside each other: what two of them share is a module below them.
[<TestFixture>]
module ``the files of commands`` =
    let private files =
        Directory.GetFiles(Path.Combine(Repository.root, "src", "Cli", "Commands"), "*.fs")

    let private nameOf (file: string) =
        Path.GetFileNameWithoutExtension file |> nonNull

    let private isNamedIn (text: string) name = Regex.IsMatch(text, $@"\b{name}\b")

    [<Test>]
    let ``each holds one command, which the program lists`` () =
        let program =
            File.ReadAllText(Path.Combine(Repository.root, "src", "Cli", "Program.fs"))

        Assert.That(files, Is.Not.Empty)

        for file in files do
            let name = nameOf file

            Assert.That(
                File.ReadAllText file,
                Does.Contain $"module MtrlFunctional.Cli.Commands.{name}\n"
            )

            Assert.That(program, Does.Contain $"    {name}.command")

    [<Test>]
    let ``none uses another command`` () =
        let uses = [
            for file in files do
                let text = File.ReadAllText file

                for other in files do
                    if other <> file && isNamedIn text (nameOf other) then
                        $"{nameOf file} uses {nameOf other}"
        ]

        Assert.That(uses, Is.Empty)
