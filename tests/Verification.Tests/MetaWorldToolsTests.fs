namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// Recorded outputs of Meta-World 3.1.1. The file of goals is an excerpt: MT10 and ML1
/// whole, tasks of the other benchmarks.
[<TestFixture>]
module ``recorded tools of Meta-World`` =
    let private folder = Path.Combine(Repository.root, "tests", "golden", "metaworld")

    let private passes atLeast verify name =
        use file = SafetensorsFile.Open(Path.Combine(folder, name + ".safetensors"))
        let checks: Check list = verify file
        Assert.That(checks.Length, Is.GreaterThanOrEqualTo(atLeast: int))

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    [<Test>]
    let ``reward tools give the recorded values`` () =
        passes 10 MetaWorldTools.rewardTools "reward_utils"

    [<Test>]
    let ``generators, selections and normalisers give the recorded streams`` () =
        passes 20 MetaWorldWrappers.verify "wrappers"

    [<Test>]
    let ``the goals of every benchmark are the recorded ones`` () =
        passes 38 MetaWorldTools.goals "benchmark_goals_seed42"

    /// An excerpt: one task with all successes, one with some failures.
    [<Test>]
    let ``scripted experts succeed when the recorded ones did`` () =
        let checks = MetaWorldExperts.verify (Path.Combine(folder, "scripted_success.json"))
        Assert.That(checks.Length, Is.EqualTo 6)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")
