namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// Configurations from words and from YAML texts.
[<TestFixture>]
type ``a configuration``() =
    let standard =
        match Experiment.resolve [ "env=metaworld-mt10"; "agent=state_sac" ] with
        | Ok(experiment, _) -> experiment
        | Error errors -> failwith $"{errors}"

    let paths = Experiment.values standard |> List.map fst |> List.toArray
    let text = Experiment.render standard

    /// Errors are short texts; every other configuration reads back as itself.
    let isHandled (result: Result<Experiment, ConfigError list>) =
        match result with
        | Ok experiment ->
            let text = Experiment.render experiment

            match Experiment.load text with
            | Ok again -> Assert.That(Experiment.render again, Is.EqualTo text)
            | Error errors -> Assert.Fail $"{errors}"
        | Error errors ->
            Assert.That(errors, Is.Not.Empty)

            for error in errors do
                Assert.That((string error).Length, Is.LessThan 2000)

    let groups = [|
        "env"
        "agent"
        "setup"
        "preset"
        "fidelity"
        "no.such.key"
        ""
        "setup."
        ".x"
    |]

    let word random =
        let key =
            if (random: Random).Next 6 = 0 then
                Fuzz.pick random groups
            else
                Fuzz.pick random paths

        let prefix = Fuzz.pick random [| ""; ""; ""; "+"; "++"; "~" |]
        $"{prefix}{key}={Fuzz.pick random Fuzz.values}"

    [<Test>]
    member _.``of any words is resolved or refused with messages``() =
        let random = Random 1
        let cases = LongForm.count 60 100_000
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

        LongForm.report $"{cases} configurations, {accepted} accepted, 0 unexpected"

    [<Test>]
    member _.``of any text is loaded or refused with messages``() =
        let random = Random 2
        let cases = LongForm.count 60 100_000
        let mutable accepted, slowest = 0, TimeSpan.Zero

        for case in 1..cases do
            let watch = Stopwatch.StartNew()
            let result = Experiment.load (Fuzz.mutate random text)
            slowest <- max slowest watch.Elapsed
            accepted <- accepted + (if result.IsOk then 1 else 0)
            isHandled result
            LongForm.progress case cases

        LongForm.report
            $"{cases} texts, {accepted} accepted, slowest {slowest.TotalSeconds:F2} s, 0 unexpected"

    [<Test>]
    member _.``has text keys that may be NaN``() =
        let numbers =
            [ "nan"; "[nan]"; "{x: nan}"; ".nan" ] |> List.truncate (LongForm.count 1 4)

        let paths = [| for i in 0 .. LongForm.count 16 1 .. paths.Length - 1 -> paths[i] |]

        for path in paths do
            for number in numbers do
                let words = [ "env=metaworld-mt10"; "agent=state_sac"; $"{path}={number}" ]
                Experiment.resolve words |> Result.map fst |> isHandled
                Experiment.origins Additions.none words |> ignore

    [<Test>]
    member _.``that is huge is refused at once``() =
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
            Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan 5.0, text[..20])

        LongForm.report $"{texts.Length} huge texts, slowest {slowest.TotalSeconds:F2} s"

    [<Test>]
    member _.``file beyond a megabyte is not read``() =
        use scratch = new FaultyChild.ScratchFolder "config"
        let folder = scratch.Path

        let run = RunFolder folder
        use file = File.Create run.ConfigFile
        file.SetLength 1_000_000_000_000L

        let message =
            try
                run.ReadConfig()
            with :? MtrlException as e ->
                e.Message

        Assert.That(message, Does.Contain "more than the 1.0 MB that are read")
