namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``golden files of variants`` =
    let private golden = Path.Combine(Repository.root, "tests", "golden")

    let private traces =
        Directory.GetFiles(Path.Combine(golden, "mtenv"), "hipbmdp_*.safetensors")
        |> Array.map Path.GetFileName
        |> Array.sort

    let private failed checks =
        checks |> List.filter (fun check -> not check.Passed) |> List.map _.Quantity

    [<Test>]
    let ``all four registered families are there`` () =
        Assert.That(traces.Length, Is.EqualTo 4)

    [<TestCaseSource(nameof traces)>]
    let ``are replayed to their tolerances`` (name: string) =
        let checks = Golden.verify (Path.Combine(golden, "mtenv", name))
        // Ten variants with an episode each: its start, its steps and the whole.
        Assert.That(checks.Length, Is.EqualTo 140)
        Assert.That(failed checks, Is.Empty)

    [<Test>]
    let ``a changed number of a variant is detected`` () =
        let folder = Directory.CreateTempSubdirectory "mtrl-golden"

        try
            let changed = Path.Combine(folder.FullName, "changed.json")

            let text =
                File.ReadAllText(Path.Combine(golden, "dmcontrol", "variations_finger_size.json"))

            File.WriteAllText(
                changed,
                text.Replace("\"touchtop\":[0.075,", "\"touchtop\":[0.0750001,")
            )

            Assert.That(failed (Golden.verify changed), Is.EquivalentTo [ "size_3.site_size" ])
        finally
            folder.Delete true
