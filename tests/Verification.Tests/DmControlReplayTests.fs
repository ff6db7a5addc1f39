namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``golden files of DeepMind Control`` =
    let private folder = Path.Combine(Repository.root, "tests", "golden", "dmcontrol")

    let private files =
        Directory.GetFiles folder
        |> Array.filter (fun file -> not (file.EndsWith ".md"))
        |> Array.map Path.GetFileName
        |> Array.sort

    [<TestCaseSource(nameof files)>]
    let ``are replayed to their tolerances`` (name: string) =
        let checks = Golden.verify (Path.Combine(folder, name))
        Assert.That(checks.Length, Is.GreaterThan 20)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    [<Test>]
    let ``a changed number of a model is detected`` () =
        let file = Path.GetTempFileName()

        try
            let text = File.ReadAllText(Path.Combine(folder, "pendulum.json"))

            File.WriteAllText(
                file + ".json",
                text.Replace("\"damping\":0.1,", "\"damping\":0.1000001,")
            )

            let failed =
                Golden.verify (file + ".json") |> List.filter (fun check -> not check.Passed)

            Assert.That(failed |> List.map _.Quantity, (Is.EqualTo<string> [ "dofs.damping" ]))
        finally
            File.Delete file
            File.Delete(file + ".json")
