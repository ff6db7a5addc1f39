namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Tests

/// Command lines of any words.
[<TestFixture; NonParallelizable>]
type ``a command line``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-words-").FullName

    /// Commands that only read, and those that are given an option that nobody has, so that nothing starts.
    let reading =
        "resume eval report conflicts list config verify reproduce help nonsense ".Split ' '

    let starting = "train quickstart demo video gallery bench doctor".Split ' '

    let options =
        "--json --out --step --episodes --all-goals --aggregates --network --svg -m --multirun --keys \
--plain --verbose --version --assets --assets= --help -h -- --=x --step=nan"
            .Split
            ' '

    let words (random: Random) =
        let further = [
            for _ in 0 .. random.Next 4 do
                match random.Next 3 with
                | 0 -> Fuzz.pick random options
                | 1 -> $"setup.name={Fuzz.pick random Fuzz.values}"
                | _ -> Fuzz.pick random Fuzz.values
        ]

        if random.Next 3 = 0 then
            Fuzz.pick random starting :: further @ [ "--no-such-option" ]
        else
            Fuzz.pick random reading :: further

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``of any words gives an exit code of the program and no unexpected error``() =
        let random = Random 3
        let cases = LongForm.count 100 10_000
        let before, out, error = Directory.GetCurrentDirectory(), Console.Out, Console.Error
        let verified = Environment.GetEnvironmentVariable "MTRL_ASSETS"

        try
            Directory.SetCurrentDirectory folder

            for _ in 1..cases do
                let words = words random
                use printed = new StringWriter()
                Console.SetOut printed
                Console.SetError printed
                let code = Program.run words
                Console.SetOut out
                Console.SetError error
                let shown = String.Join(" ", words)
                Assert.That(printed.ToString(), Does.Not.Contain "unexpected", shown)

                Assert.That(
                    [ ExitCode.Done; ExitCode.Failed; ExitCode.WrongInput ],
                    Does.Contain code,
                    shown
                )
        finally
            Console.SetOut out
            Console.SetError error
            Directory.SetCurrentDirectory before
            Environment.SetEnvironmentVariable("MTRL_ASSETS", verified)

        LongForm.report $"{cases} command lines, 0 unexpected"
