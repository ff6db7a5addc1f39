namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Surgery

[<TestFixture>]
module ``mtrl conflicts`` =
    /// The folder of a run with these words, and of these records.
    let private inRun words (records: ConflictRecord list option) body =
        let folder = Directory.CreateTempSubdirectory "mtrl-conflicts-"

        try
            match Experiment.resolve ([ "env=metaworld-mt10"; "agent=state_sac" ] @ words) with
            | Ok(experiment, _) ->
                File.WriteAllText(
                    Path.Combine(folder.FullName, "config.yaml"),
                    Experiment.render experiment
                )
            | Error mistakes -> failwith $"{mistakes}"

            records
            |> Option.iter (fun records ->
                use log = new ConflictsLog(RunFolder(folder.FullName).ConflictsFile)
                List.iter log.Append records)

            body folder.FullName
        finally
            folder.Delete(recursive = true)

    /// All pairs agree but reach and push.
    let private record part update : ConflictRecord = {
        Part = part
        Step = 1500L + update
        Update = update
        Agreement = {
            Lengths = Array.create 10 1.0
            Cosines = Array.init 45 (fun pair -> if pair = 0 then -0.5 else 0.25)
        }
    }

    let private records = [
        for update in [ 0L; 1000L; 2000L ] do
            record "critic" update
            record "actor" update
    ]

    [<Test>]
    let ``writes a table and a heat map for each part`` () =
        inRun [] (Some records) (fun run ->
            let printed = Capture.mtrl [ "conflicts"; run; "--worst"; "3" ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Contain "critic: measured 3 times, after 0 to 2,000")
            Assert.That(printed.Out, Does.Match @"reach-v3 × push-v3 +−0\.50 +100 %")
            let page = File.ReadAllText(Path.Combine(run, "conflicts.md"))

            for part in [ "critic"; "actor" ] do
                Assert.That(page, Does.Contain $"(conflicts-{part}.svg)")
                let svg = File.ReadAllText(Path.Combine(run, $"conflicts-{part}.svg"))
                Assert.That(svg, Does.StartWith "<svg")
                Assert.That(svg, Does.Contain "drawer-close-v3"))

    [<Test>]
    let ``writes into another folder where it is told`` () =
        inRun [] (Some records) (fun run ->
            let out = Path.Combine(run, "a", "b")
            let printed = Capture.mtrl [ "conflicts"; run; "--out"; out ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(File.Exists(Path.Combine(out, "conflicts.md")))
            Assert.That(File.Exists(Path.Combine(run, "conflicts.md")), Is.False))

    let private refused words records (wanted: string) =
        inRun words records (fun run -> Capture.refused [ "conflicts"; run ] wanted)

    [<Test>]
    let ``says how to record where nothing was`` () =
        let never = [ "experiment.conflicts_freq=0" ]
        refused never None "Train with experiment.conflicts_freq=1000"
        refused [] None "recorded no gradients"
        refused [] (Some []) "nothing is recorded yet"
        refused ("agent=mtppo" :: never) None "Train with experiment.conflicts_freq=10,"

        refused
            [ "agent=mtppo"; "behaviour.equal_episodes_per_task=False" ]
            None
            "one group of episodes"

        refused [ "env.tasks=[reach-v3]" ] None "has one task"
        refused [ "agent.multitask.model=separate" ] None "share no parameters"

        refused
            [
                "setup=hipbmdp"
                "env=dmc-walker-walk-vary-len"
                "agent=hipbmdp"
                "agent.encoder.type_to_select=feedforward"
            ]
            None
            "not trained on"

    [<Test>]
    let ``names a line of other tasks`` () =
        inRun [] (Some records) (fun run ->
            let file = RunFolder(run).ConflictsFile
            let text = File.ReadAllText(file).Replace("\"lengths\":[1,", "\"lengths\":[")
            File.WriteAllText(file, text)
            let printed = Capture.mtrl [ "conflicts"; run ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain "conflicts.jsonl: line 1 is not a record"))
