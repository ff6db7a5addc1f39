namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

/// Recorded outputs of Meta-World 3.1.1. The file of goals is an excerpt: MT10 and ML1
/// whole, tasks of the other benchmarks.
[<TestFixture>]
module ``recorded tools of Meta-World`` =
    let private folder = Path.Combine(Repository.root, "tests", "golden", "metaworld")

    let private checks (file: string) =
        Golden.verify (Path.Combine(folder, file))

    [<TestCase("reward_utils.safetensors", 10)>]
    [<TestCase("wrappers.safetensors", 20)>]
    [<TestCase("benchmark_goals_seed42.safetensors", 38)>]
    [<TestCase("scripted_success.json", 6)>]
    let ``give the recorded values`` (file: string) (atLeast: int) =
        let checks = checks file
        Assert.That(checks.Length, Is.GreaterThanOrEqualTo atLeast)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    /// In an excerpt: one task with all successes, one with some failures.
    [<Test>]
    let ``detect a goal that an expert reached`` () =
        let copy = Path.GetTempFileName() + ".json"

        try
            let text = File.ReadAllText(Path.Combine(folder, "scripted_success.json"))
            let first = text.IndexOf "\"first_success_step\": [" + 24
            File.WriteAllText(copy, text.Insert(text.IndexOf(',', first), "1"))

            let failed =
                Golden.verify copy
                |> List.filter (fun check -> not check.Passed)
                |> List.map _.Quantity

            Assert.That(failed, Has.Length.EqualTo 1)
            Assert.That(failed.Head, Does.EndWith ".first_success_step")
        finally
            File.Delete copy
