module MtrlFunctional.Reliability.Tests.Inputs.ConfigurationTests

open Expecto
open Expecto.Flip
open System
open System.Diagnostics
open System.IO
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// Configurations from words and from YAML texts.
let ``a configuration`` = [
    let standard =
        lazy (Experiment.resolve [ "env=metaworld-mt10"; "agent=state_sac" ] |> ok |> fst)

    let paths = lazy [| for path, _ in Experiment.values standard.Value -> path |]

    /// Errors are short texts; every other configuration reads back as itself.
    let isHandled (result: Result<Experiment, ConfigError list>) =
        match result with
        | Ok experiment ->
            let text = Experiment.render experiment
            Experiment.load text |> ok |> Experiment.render |> equals text
        | Error errors ->
            errors |> isNotEmpty

            for error in errors do
                (string error).Length |> isBelow 2000

    let groups = "env agent setup preset fidelity no.such.key setup. .x ".Split ' '

    let word random =
        let key =
            if (random: Random).Next 6 = 0 then
                Fuzz.pick random groups
            else
                Fuzz.pick random paths.Value

        let prefix = Fuzz.pick random [| ""; ""; ""; "+"; "++"; "~" |]
        $"{prefix}{key}={Fuzz.pick random Fuzz.values}"

    testCase "of any words is resolved or refused with messages" (fun () ->
        let random = Random 1
        let cases = LongForm.count 25 100_000
        let mutable accepted = 0

        for case in 1..cases do
            let words = [
                if random.Next 10 > 0 then
                    "env=metaworld-mt10"
                    "agent=state_sac"
                for _ in 0 .. random.Next 4 do
                    word random
            ]

            let result = Experiment.resolve words |> Result.map fst
            accepted <- accepted + (if result.IsOk then 1 else 0)
            isHandled result
            Experiment.origins Additions.none words |> ignore
            LongForm.progress case cases

        LongForm.report $"{cases} configurations, {accepted} accepted, 0 unexpected")

    testCase "of any text is loaded or refused with messages" (fun () ->
        let random = Random 2
        let text = Experiment.render standard.Value
        let cases = LongForm.count 25 100_000
        let mutable accepted, slowest = 0, TimeSpan.Zero

        for case in 1..cases do
            let watch = Stopwatch.StartNew()
            let result = Experiment.load (Fuzz.mutate random text)
            slowest <- max slowest watch.Elapsed
            accepted <- accepted + (if result.IsOk then 1 else 0)
            isHandled result
            LongForm.progress case cases

        LongForm.report
            $"{cases} texts, {accepted} accepted, slowest {slowest.TotalSeconds:F2} s, 0 unexpected")

    testCase "has text keys that may be NaN" (fun () ->
        let numbers =
            [ "nan"; "[nan]"; "{x: nan}"; ".nan" ] |> List.truncate (LongForm.count 1 4)

        let paths = paths.Value

        for i in 0 .. LongForm.count 40 1 .. paths.Length - 1 do
            for number in numbers do
                let words = [ "env=metaworld-mt10"; "agent=state_sac"; $"{paths[i]}={number}" ]
                Experiment.resolve words |> Result.map fst |> isHandled
                Experiment.origins Additions.none words |> ignore)

    testCase "that is huge is refused at once" (fun () ->
        let texts = [
            String('a', 2_000_000)
            String('[', 900_000)
            String.replicate 90_000 "a: 1\n"
            String.init 60_000 (fun i -> $"key{i}: 1\n")
            String.init 4_000 (fun i -> $"key{i}.name: 1\n")
            "a: &a [x]\n" + String.init 200 (fun i -> $"b{i}: &b{i} [*a, *a]\n")
            $"{String('k', 900_000)}: 1\n"
            $"a: {String('v', 900_000)}\n"
            String.replicate 100_000 "? "
            String.replicate 100_000 "- "
            "a: |\n" + String.replicate 100_000 "  x\n"
        ]

        let mutable slowest = TimeSpan.Zero

        for text in texts do
            let watch = Stopwatch.StartNew()
            Experiment.load text |> isHandled
            slowest <- max slowest watch.Elapsed
            watch.Elapsed.TotalSeconds |> Expect.isBelow (text[..20]) 5.0

        LongForm.report $"{texts.Length} huge texts, slowest {slowest.TotalSeconds:F2} s")

    testCase "file beyond a megabyte is not read" (fun () ->
        let folder = TestFolder.inMemory "config"
        let run = RunFolder folder
        use file = File.Create run.ConfigFile
        file.SetLength 1_000_000_000_000L

        run.ReadConfig |> isExplained "more than the 1.0 MB that are read")
]
