namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// Recorded results of gradient surgery.
[<TestFixture>]
module ``replaying recorded gradient surgery`` =

    let private folder = Path.Combine(Repository.root, "tests", "golden", "surgery")

    /// Each file with its minimum number of comparisons.
    let private files = [|
        TestCaseData("cases", 60)
        TestCaseData("pcgrad", 80)
        TestCaseData("gradvac", 130)
        TestCaseData("mgda", 380)
        TestCaseData("cagrad", 280)
        TestCaseData("gradnorm", 320)
        TestCaseData("nash_mtl", 80)
        TestCaseData("imtl", 80)
        TestCaseData("aligned_mtl", 150)
        TestCaseData("graddrop", 80)
        TestCaseData("rlw", 60)
        TestCaseData("dwa", 60)
        TestCaseData("uw", 120)
        TestCaseData("famo", 400)
        TestCaseData("sdmgrad", 110)
    |]

    [<TestCaseSource(nameof files)>]
    let ``gives the recorded results`` (name: string) (atLeast: int) =
        let checks = Golden.verify (Path.Combine(folder, name + ".safetensors"))
        Assert.That(checks.Length, Is.GreaterThanOrEqualTo atLeast)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    let private temporary body =
        let folder = Directory.CreateTempSubdirectory "mtrl-surgery"

        try
            body folder.FullName
        finally
            folder.Delete true

    [<Test>]
    let ``reports missing inputs`` () =
        temporary (fun copy ->
            let path = Path.Combine(copy, "rlw.safetensors")
            File.Copy(Path.Combine(folder, "rlw.safetensors"), path)

            match Golden.verify path with
            | [ check ] ->
                Assert.That(check.Passed, Is.False)
                Assert.That(check.Quantity, Does.Contain "cases.safetensors")
            | checks -> Assert.Fail $"{checks.Length} checks")
