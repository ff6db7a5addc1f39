namespace Mtrl.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional

[<TestFixture>]
module ``mtrl report`` =
    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory "mtrl-report-"

        try
            body folder.FullName
        finally
            folder.Delete(recursive = true)

    [<Test>]
    let ``writes page, text and figures beside the metrics`` () =
        inFolder (fun folder ->
            File.WriteAllText(
                Path.Combine(folder, "metrics.jsonl"),
                """{"mode":"eval","step":300,"env_index_0":"reach-v3","success_env_index_0":1}"""
            )

            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            Assert.That(printed.Out.Trim(), Is.EqualTo(Path.Combine(folder, "report.html")))

            let text name =
                File.ReadAllText(Path.Combine(folder, name))

            Assert.That(text "report.html", Does.Contain "<td>reach-v3</td><td>100 %</td>")
            Assert.That(text "report.md", Does.Contain "| reach-v3 | 100 % |")
            Assert.That(text "curves.svg", Does.StartWith "<svg")
            Assert.That(text "tasks.svg", Does.Contain "reach-v3"))

    [<Test>]
    let ``says what is missing in a folder that is no run`` () =
        inFolder (fun folder ->
            let printed = Capture.mtrl [ "report"; folder ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(printed.Err, Does.Contain "metrics.jsonl: not found")
            Assert.That(printed.Err, Does.Not.Contain "   at "))
