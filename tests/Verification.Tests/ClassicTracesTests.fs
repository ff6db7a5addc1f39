namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

/// Recorded episodes of MTEnv's classic families and wrappers.
[<TestFixture>]
module ``classic families`` =
    let private folder = Path.Combine(Repository.root, "tests", "golden", "mtenv")

    // Recordings of variants are those of DmControlVariantReplayTests.
    let private files =
        Directory.GetFiles(folder, "*.safetensors")
        |> Array.filter (fun file -> not (file.Contains "hipbmdp_"))
        |> Array.map Path.GetFileName

    [<Test>]
    let ``have a recording each`` () =
        Assert.That(files.Length, Is.GreaterThanOrEqualTo 10)

    [<TestCaseSource(nameof files)>]
    let ``equal the recording`` (file: string) =
        let checks = Golden.verify (Path.Combine(folder, file))
        Assert.That(checks.Length, Is.GreaterThan 1)

        for check in checks do
            Assert.That(check.Passed, string check)
