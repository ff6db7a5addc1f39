namespace MtrlFunctional.Tests.Verification

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Verification
open MtrlFunctional.Tests

/// Replays of recorded files through the registry, as in `mtrl verify`.
[<TestFixture>]
module ``golden files`` =
    let private folder = Path.Combine(Repository.root, "tests", "golden", "metaworld")

    let private traces =
        Directory.GetFiles(folder, "*-v3.safetensors")
        |> Array.map Path.GetFileNameWithoutExtension
        |> Array.sort

    let private file name =
        Path.Combine(folder, name + ".safetensors")

    let private temporary body =
        let folder = Directory.CreateTempSubdirectory "mtrl-golden"

        try
            body (Path.Combine(folder.FullName, "changed.safetensors"))
        finally
            folder.Delete true

    [<Test>]
    let ``all ten tasks of MT10 are there`` () =
        Assert.That(traces.Length, Is.EqualTo 10)

    [<TestCaseSource(nameof traces)>]
    let ``episodes are bit-identical`` (name: string) =
        let checks = Golden.verify (file name)
        // Two scripted episodes with 35 quantities, a random one with 34, and the goals.
        Assert.That(checks.Length, Is.EqualTo 105)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    [<Test>]
    let ``ten vectorised environments are bit-identical`` () =
        let checks = Golden.verify (file "vector_mt10_seed42")
        Assert.That(checks.Length, Is.EqualTo 8)

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    /// A change of one number in its last bit is detected.
    [<Test>]
    let ``a changed number is detected`` () =
        temporary (fun changed ->
            use source = MtrlFunctional.Storage.SafetensorsFile.Open(file "reach-v3")

            let bytes = File.ReadAllBytes(file "reach-v3")
            let at = int (source.Tensor "ep1.qpos").Offset + 8 * 16 * 100
            bytes[at] <- bytes[at] ^^^ 1uy
            File.WriteAllBytes(changed, bytes)

            let failed = Golden.verify changed |> List.filter (fun check -> not check.Passed)

            Assert.That((failed |> List.map _.Quantity) = [ "ep1.qpos" ])
            Assert.That(failed.Head.MaxAbsolute, Is.GreaterThan(0.0).And.LessThan(1e-15)))

    [<Test>]
    let ``an unreadable file is one failed check with the reason`` () =
        temporary (fun changed ->
            let fails (text: string) path =
                match Golden.verify path with
                | [ check ] ->
                    Assert.That(check.Passed, Is.False)
                    Assert.That(check.Quantity, Does.Contain text)
                | checks -> Assert.Fail $"{checks.Length} checks"

            fails "no such file" changed

            File.WriteAllBytes(
                changed,
                (File.ReadAllBytes(file "push-v3")).AsSpan(0, 5000).ToArray()
            )

            fails "cut off" changed

            MtrlFunctional.Storage.SafetensorsWriter.Write(
                changed,
                [],
                dict [ "golden", "elsewhere/thing" ] |> System.Collections.Generic.Dictionary
            )

            fails "kind 'elsewhere/thing' is not supported" changed)
