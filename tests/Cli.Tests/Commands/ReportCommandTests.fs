module MtrlFunctional.Cli.Tests.Commands.ReportCommandTests

open Expecto
open System.IO
open System.Net
open MtrlFunctional.Tests
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Tests

let ``mtrl report`` = [
    let write (folder: string) name text =
        File.WriteAllText(Path.Combine(folder, name), text + "\n")

    let configured words =
        let folder = TestFolder.create "report"
        SmallRun.untrained folder words
        folder

    testCase "writes page, text and figures beside the metrics" (fun () ->
        let folder = configured []
        write folder "metrics.jsonl" """{"mode":"eval","step":300,"success_env_index_0":1}"""

        let printed = Capture.finished [ "report"; folder ]
        printed |> matches "reach-v3 +100 %"
        printed |> endsWith ("\n" + Path.Combine(folder, "report.html") + "\n")

        let text name =
            File.ReadAllText(Path.Combine(folder, name))

        text "report.html" |> contains "<td>reach-v3</td><td>100 %</td>"
        text "report.md" |> contains "| reach-v3 | 100 % |"
        text "curves.svg" |> startsWith "<svg"
        text "tasks.svg" |> contains "reach-v3")

    testCase "leaves out damaged lines of the metrics, and names them" (fun () ->
        let damage (folder: string) =
            write
                folder
                "metrics.jsonl"
                """{"mode":"eval","step":300,"success_env_index_0":0.25}
{"mode":"eval","step":450,"succ{"mode":"train","step":600}
{"mode":"eval","step":600,"success_env_index_0":1}"""

        let folder = configured []
        damage folder

        let warning =
            $"mtrl: {folder}/metrics.jsonl: line 2 is no record of metrics and was left out.\n"

        let printed = Capture.completed [ "report"; folder ]
        printed.Out |> matches "reach-v3 +100 %"
        printed.Err |> equals warning

        let compared = Capture.completed [ "report"; folder; "--at"; "600" ]
        compared.Out |> contains "100"
        compared.Err |> equals warning)

    testTheory "a run without metrics has nothing to report yet" [ true; false ]
    <| fun isThere ->
        let folder = configured []

        if isThere then
            File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "")

        let printed = Capture.refusal [ "report"; folder ]
        printed |> contains $"{folder}: nothing to report yet: "
        Path.Combine(folder, "report.html") |> isAbsent

    testCase "a configuration that is no longer read is named with its mistake" (fun () ->
        let folder = TestFolder.create "report"
        write folder "config.yaml" "env: { horizont: 3 }"
        let printed = Capture.refusal [ "report"; folder ]
        printed |> containsAll [ "config.yaml: "; "env.horizon" ])

    testCase "reports a folder that is not a run" (fun () ->
        Capture.refused [ "report"; TestFolder.create "report" ] "no run there")

    let experiment (folder: string) seeds (words: string list) =
        for seed in seeds do
            let run = Path.Combine(folder, $"seed-{seed}")
            SmallRun.untrained run ($"setup.seed_ref={seed}" :: words)

            write
                run
                "metrics.jsonl"
                """{"mode":"eval","step":300,"success_env_index_0":0.5}
{"mode":"train","step":450,"success_env_index_0":1}"""

    testCase "compares experiments with all their seeds" (fun () ->
        let folder = TestFolder.create "report"
        let a, b = Path.Combine(folder, "a"), Path.Combine(folder, "b")
        experiment a [ 1; 2 ] []
        experiment b [ 7 ] [ "env.horizon=300" ]
        let printed = Capture.finished [ "report"; a; b ]
        printed |> matches @"a +2 of 2 +300 +50.0 ± 0.0 %"
        printed |> matches @"b +1 of 1 +300 +50.0 % "

        printed
        |> containsAll [
            "env.horizon: 150 (a), 300 (b)"
            "a: 0 of 2 seeds finished"
            "seed 1 at step 450"
        ]

        Path.Combine(folder, "comparison", "table.md") |> isFile)

    testCase "runs of different configurations are not seeds of one experiment" (fun () ->
        let folder = TestFolder.create "report"
        experiment folder [ 1 ] []
        experiment folder [ 2 ] [ "agent.actor.hidden_dim=7" ]
        Capture.refused [ "report"; folder ] "differ in agent.actor.hidden_dim")

    testCase "a copy of a run is no further seed" (fun () ->
        let folder = TestFolder.create "report"
        experiment folder [ 1 ] []
        SmallRun.untrained (Path.Combine(folder, "seed-2")) [ "setup.seed_ref=1" ]
        Capture.refused [ "report"; folder ] "seed-2 are both of seed 1")

    testCase "a folder that is named twice, also by a link, is one row" (fun () ->
        let folder = TestFolder.create "report"
        let a, b = Path.Combine(folder, "a"), Path.Combine(folder, "b")
        experiment a [ 1; 2 ] []
        Directory.CreateSymbolicLink(b, a) |> ignore
        let printed = Capture.finished [ "report"; a; a + "/"; b ]
        printed |> matches "a +2 of 2 +300 "
        printed |> matchesNot "b +2 of 2")

    testCase "takes a mix of runs and experiments, and folders with experiments below" (fun () ->
        let folder = TestFolder.create "report"
        let a, b = Path.Combine(folder, "a"), Path.Combine(folder, "b")
        experiment a [ 1; 2 ] []
        experiment b [ 7; 8 ] [ "agent.actor.hidden_dim=7" ]
        let run = Path.Combine(b, "seed-7")
        let out = Path.Combine(folder, "my mix")
        let words = [ "report"; a; run; "--out"; out; "--aggregates"; "median" ]
        let mix = Capture.finished words
        mix |> matches @"a +2 of 2 +300 "
        mix |> matches @"b/seed-7 +1 of 1 +300 "
        mix |> endsWith (Path.Combine(out, "report.html") + "\n")
        let html = File.ReadAllText(Path.Combine(out, "report.html"))
        html |> matches @"<td>agent\.actor\.hidden_dim</td><td>\d+</td><td>7</td>"
        html |> containsAll [ "agent.actor.hidden_dim=7"; "IQM" ]
        html |> contains (nonNull (WebUtility.HtmlEncode(Launcher.command words)))
        // One file: nothing is loaded from elsewhere.
        html |> matchesNot "(src|href)=\"(?!data:)"

        let all = Capture.finished [ "report"; folder ]
        all |> matches @"b +2 of 2 +300 "
        Path.Combine(folder, "report.html") |> isFile)

    testCase "a run or experiment alone is compared in a folder of the step" (fun () ->
        let folder = TestFolder.create "report"
        experiment folder [ 1 ] []
        let run = Path.Combine(folder, "seed-1")
        let printed = Capture.finished [ "report"; run; "--at"; "300" ]
        printed |> contains "Compared after 300 steps"
        Path.Combine(run, "at-step-300", "report.html") |> isFile

        // The report of the whole experiment stays.
        Capture.does [ "report"; folder; "--at"; "300" ]
        File.Exists(Path.Combine(folder, "report.html")) |> isFalse
        Path.Combine(folder, "at-step-300", "report.html") |> isFile)

    testCase "a page contains the newest video, and the command that trains anew" (fun () ->
        let folder = TestFolder.create "report"
        experiment folder [ 3 ] [ "agent.actor.hidden_dim=7" ]
        let run = Path.Combine(folder, "seed-3")
        File.WriteAllText(Path.Combine(run, "policy.gif"), "GIF89a")
        Capture.does [ "report"; run ]
        let html = File.ReadAllText(Path.Combine(run, "report.html"))

        html
        |> containsAll [
            "src=\"data:image/gif;base64,R0lGODlh\""
            "agent.actor.hidden_dim=7"
            "setup.seed_ref=3"
        ])
]
