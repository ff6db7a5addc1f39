namespace Mtrl.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open Mtrl.Experiments

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
            Assert.That(printed.Out.Trim(), Is.EqualTo(Path.Combine(folder, "report.html")))

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
            Assert.That(printed.Err, Does.Contain $"{folder}: nothing to report yet (")
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
    let ``says what is missing in a folder that is no run`` () =
        inFolder (fun folder ->
            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain "no run there")
            Assert.That(printed.Err, Does.Not.Contain "   at "))
