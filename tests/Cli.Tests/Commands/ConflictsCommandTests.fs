module MtrlFunctional.Cli.Tests.Commands.ConflictsCommandTests

open Expecto
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Surgery
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

let ``mtrl conflicts`` = [
    /// The folder of a run with these words, and of these records.
    let runOf words (records: ConflictRecord list option) =
        let run = TestFolder.create "conflicts"
        SmallRun.untrained run words

        records
        |> Option.iter (fun records ->
            use log = new ConflictsLog(RunFolder(run).ConflictsFile)
            List.iter log.Append records)

        run

    /// All pairs agree but reach and push.
    let record part update : ConflictRecord = {
        Part = part
        Step = 1500L + update
        Update = update
        Agreement = {
            Lengths = Array.create 10 1.0
            Cosines = Array.init 45 (fun pair -> if pair = 0 then -0.5 else 0.25)
        }
    }

    let records = [
        for update in [ 0L; 1000L; 2000L ] do
            record "critic" update
            record "actor" update
    ]

    testCase "writes a table and a heat map for each part" (fun () ->
        let run = runOf [] (Some records)
        let printed = Capture.finished [ "conflicts"; run; "--worst"; "3" ]
        printed |> contains "critic: measured 3 times, after 0 to 2,000"
        printed |> matches @"reach-v3 × push-v3 +−0\.50 +100 %"
        let page = File.ReadAllText(Path.Combine(run, "conflicts.md"))

        for part in [ "critic"; "actor" ] do
            page |> contains $"(conflicts-{part}.svg)"
            let svg = File.ReadAllText(Path.Combine(run, $"conflicts-{part}.svg"))
            svg |> startsWith "<svg"
            svg |> contains "drawer-close-v3")

    testCase "writes into another folder where it is told" (fun () ->
        let run = runOf [] (Some records)
        let out = Path.Combine(run, "a", "b")
        Capture.does [ "conflicts"; run; "--out"; out ]
        Path.Combine(out, "conflicts.md") |> isFile
        Path.Combine(run, "conflicts.md") |> isAbsent)

    let never = "experiment.conflicts_freq=0"
    let perEpisode = "behaviour.equal_episodes_per_task=False"

    testTheory "says how to record where nothing was" [
        [ never ], None, "Train with experiment.conflicts_freq=1000"
        [], None, "recorded no gradients"
        [], Some [], "nothing is recorded yet"
        [ "agent=mtppo"; never ], None, "Train with experiment.conflicts_freq=10,"
        [ "agent=mtppo"; perEpisode ], None, "one group of episodes"
        [ "env.tasks=[reach-v3]" ], None, "has one task"
        [ "agent.multitask.model=separate" ], None, "share no parameters"
        [
            "setup=hipbmdp"
            "env=dmc-walker-walk-vary-len"
            "agent=hipbmdp"
            "agent.encoder.type_to_select=feedforward"
        ],
        None,
        "not trained on"
    ]
    <| fun (words, records, message) -> Capture.refused [ "conflicts"; runOf words records ] message

    testCase "leaves out lines of other tasks, and names them" (fun () ->
        let run = runOf [] (Some records)
        let file = RunFolder(run).ConflictsFile
        let lines = File.ReadAllLines file
        lines[2] <- lines[2].Replace("\"lengths\":[1,", "\"lengths\":[")
        File.WriteAllLines(file, lines)
        let printed = Capture.completed [ "conflicts"; run ]

        printed.Out
        |> containsAll [ "critic: measured 2 times"; "actor: measured 3 times" ]

        printed.Err
        |> equals
            $"mtrl: {file}: line 3 is no record of the conflicts of 10 tasks and was left out.\n")
]
