module MtrlFunctional.Reliability.Tests.Inputs.CommandLineTests

open Expecto
open Expecto.Flip
open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// Command lines of any words.
let ``a command line`` = [
    let folder = TestFolder.create "words"

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

    testCase "of any words gives an exit code of the program and no unexpected error" (fun () ->
        let random = Random 3
        let cases = LongForm.count 100 10_000
        let before, out, error = Environment.CurrentDirectory, Console.Out, Console.Error
        let verified = Environment.GetEnvironmentVariable "MTRL_ASSETS"

        try
            Environment.CurrentDirectory <- folder

            for _ in 1..cases do
                let words = words random
                use printed = new StringWriter()
                Console.SetOut printed
                Console.SetError printed
                let code = Program.run words
                Console.SetOut out
                Console.SetError error
                $"{words}: {printed}" |> lacks "unexpected"

                [ ExitCode.Done; ExitCode.Failed; ExitCode.WrongInput ]
                |> Expect.contains $"{words}" code
        finally
            Console.SetOut out
            Console.SetError error
            Environment.CurrentDirectory <- before
            Environment.SetEnvironmentVariable("MTRL_ASSETS", verified)

        LongForm.report $"{cases} command lines, 0 unexpected")
]
