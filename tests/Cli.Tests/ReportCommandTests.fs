namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Experiments

[<TestFixture>]
module ``mtrl report`` =
    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory "mtrl-report-"

        try
            body folder.FullName
        finally
            folder.Delete(recursive = true)

    let private write (folder: string) name text =
        File.WriteAllText(Path.Combine(folder, name), text + "\n")

    let private configuration =
        match Experiment.resolve [ "env=metaworld-mt10"; "agent=state_sac" ] with
        | Ok(experiment, _) -> Experiment.render experiment
        | Error mistakes -> failwith $"{mistakes}"

    [<Test>]
    let ``writes page, text and figures beside the metrics`` () =
        inFolder (fun folder ->
            write folder "config.yaml" configuration
            write folder "metrics.jsonl" """{"mode":"eval","step":300,"success_env_index_0":1}"""

            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            Assert.That(printed.Out, Does.Match "reach-v3 +100 %")

            Assert.That(
                printed.Out,
                Does.EndWith("\n" + Path.Combine(folder, "report.html") + "\n")
            )

            let text name =
                File.ReadAllText(Path.Combine(folder, name))

            Assert.That(text "report.html", Does.Contain "<td>reach-v3</td><td>100 %</td>")
            Assert.That(text "report.md", Does.Contain "| reach-v3 | 100 % |")
            Assert.That(text "curves.svg", Does.StartWith "<svg")
            Assert.That(text "tasks.svg", Does.Contain "reach-v3"))

    [<TestCase(true)>]
    [<TestCase(false)>]
    let ``a run without metrics has nothing to report yet`` (isThere: bool) =
        inFolder (fun folder ->
            write folder "config.yaml" configuration

            if isThere then
                File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "")

            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain $"{folder}: nothing to report yet: ")
            Assert.That(File.Exists(Path.Combine(folder, "report.html")), Is.False))

    [<Test>]
    let ``a configuration that is no longer read is named with its mistake`` () =
        inFolder (fun folder ->
            write folder "config.yaml" "env: { horizont: 3 }"
            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain "config.yaml: ")
            Assert.That(printed.Err, Does.Contain "env.horizon"))

    [<Test>]
    let ``reports a folder that is not a run`` () =
        inFolder (fun folder -> Capture.refused [ "report"; folder ] "no run there")

    let private experiment (folder: string) seeds (words: string list) =
        for seed in seeds do
            let run = Path.Combine(folder, $"seed-{seed}")
            Directory.CreateDirectory run |> ignore

            match Experiment.resolve ([ "env=metaworld-mt10"; "agent=state_sac" ] @ words) with
            | Ok(e, _) -> write run "config.yaml" (Experiment.render (Experiment.withSeed seed e))
            | Error mistakes -> failwith $"{mistakes}"

            write
                run
                "metrics.jsonl"
                ("""{"mode":"eval","step":300,"success_env_index_0":0.5}"""
                 + "\n"
                 + """{"mode":"train","step":450,"success_env_index_0":1}""")

    [<Test>]
    let ``compares experiments with all their seeds`` () =
        inFolder (fun folder ->
            let a, b = Path.Combine(folder, "a"), Path.Combine(folder, "b")
            experiment a [ 1; 2 ] []
            experiment b [ 7 ] [ "env.horizon=300" ]
            let printed = Capture.mtrl [ "report"; a; b ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Match @"a +2 of 2 +300 +50.0 ± 0.0 %")
            Assert.That(printed.Out, Does.Match @"b +1 of 1 +300 +50.0 % ")
            Assert.That(printed.Out, Does.Contain "env.horizon: 150 (a), 300 (b)")
            Assert.That(printed.Out, Does.Contain "a: 0 of 2 seeds finished")
            Assert.That(printed.Out, Does.Contain "seed 1 at step 450")
            Assert.That(File.Exists(Path.Combine(folder, "comparison", "table.md"))))

    [<Test>]
    let ``compares after a number of steps`` () =
        inFolder (fun folder ->
            experiment folder [ 1; 2 ] []
            let printed = Capture.mtrl [ "report"; folder; "--at"; "100" ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Contain "Compared after 100 steps")
            Assert.That(printed.Out, Does.Contain "0 of 2"))

    [<Test>]
    let ``runs of different configurations are not seeds of one experiment`` () =
        inFolder (fun folder ->
            experiment folder [ 1 ] []
            experiment folder [ 2 ] [ "agent.actor.hidden_dim=7" ]
            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain "differ in agent.actor.hidden_dim"))

    [<Test>]
    let ``takes a mix of runs and experiments, and folders with experiments below`` () =
        inFolder (fun folder ->
            let a, b = Path.Combine(folder, "a"), Path.Combine(folder, "b")
            experiment a [ 1; 2 ] []
            experiment b [ 7; 8 ] [ "agent.actor.hidden_dim=7" ]
            let run = Path.Combine(b, "seed-7")
            let out = Path.Combine(folder, "out")
            let mix = Capture.mtrl [ "report"; a; run; "--out"; out ]
            Assert.That(mix.Exit, Is.EqualTo ExitCode.Done, mix.Err)
            Assert.That(mix.Out, Does.Match @"a +2 of 2 +300 ")
            Assert.That(mix.Out, Does.Match @"b/seed-7 +1 of 1 +300 ")
            Assert.That(mix.Out, Does.EndWith(Path.Combine(out, "report.html") + "\n"))
            let html = File.ReadAllText(Path.Combine(out, "report.html"))

            Assert.That(
                html,
                Does.Match @"<td>agent\.actor\.hidden_dim</td><td>\d+</td><td>7</td>"
            )

            Assert.That(html, Does.Contain "agent.actor.hidden_dim=7")
            Assert.That(html, Does.Contain "IQM")
            // One file: nothing is loaded from elsewhere.
            Assert.That(html, Does.Not.Match "(src|href)=\"(?!data:)")

            let all = Capture.mtrl [ "report"; folder ]
            Assert.That(all.Exit, Is.EqualTo ExitCode.Done, all.Err)
            Assert.That(all.Out, Does.Match @"b +2 of 2 +300 ")
            Assert.That(File.Exists(Path.Combine(folder, "report.html"))))

    [<Test>]
    let ``a run alone is compared where a step or a folder is given`` () =
        inFolder (fun folder ->
            experiment folder [ 1 ] []
            let run = Path.Combine(folder, "seed-1")
            let printed = Capture.mtrl [ "report"; run; "--at"; "300" ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            Assert.That(printed.Out, Does.Contain "Compared after 300 steps")
            Assert.That(File.Exists(Path.Combine(run, "at-step-300", "report.html"))))

    [<Test>]
    let ``a page contains the newest video, and the command that trains anew`` () =
        inFolder (fun folder ->
            experiment folder [ 3 ] [ "agent.actor.hidden_dim=7" ]
            let run = Path.Combine(folder, "seed-3")
            File.WriteAllText(Path.Combine(run, "policy.gif"), "GIF89a")
            let printed = Capture.mtrl [ "report"; run ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
            let html = File.ReadAllText(Path.Combine(run, "report.html"))
            Assert.That(html, Does.Contain "src=\"data:image/gif;base64,R0lGODlh\"")
            Assert.That(html, Does.Contain "agent.actor.hidden_dim=7")
            Assert.That(html, Does.Contain "setup.seed_ref=3"))
