namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``recorded pictures of DeepMind Control`` =
    let private folder =
        Path.Combine(Repository.root, "tests", "golden", "dmcontrol_frames")

    let private files =
        Directory.GetFiles(folder, "*.safetensors")
        |> Array.map Path.GetFileName
        |> Array.sort

    [<TestCaseSource(nameof files)>]
    let ``are drawn to their tolerances`` (name: string) =
        let checks = Golden.verify (Path.Combine(folder, name))

        Assert.That(
            checks |> List.map _.Quantity,
            (Is.EqualTo<string> [ "s0.rgb_plain"; "s0.silhouette"; "s0.rgb" ])
        )

        for check in checks do
            Assert.That(check.Passed, $"{check.Quantity}: off by {check.MaxAbsolute}")

    /// Changes the bytes of a tensor in a copy of a file; the checks that then fail.
    let private failedAfter tensor (change: byte[] -> unit) =
        let original = Path.Combine(folder, "reacher.safetensors")
        let bytes = File.ReadAllBytes original
        use file = SafetensorsFile.Open original
        let place = file.Tensor tensor
        let numbers = file.Raw tensor
        change numbers
        numbers.CopyTo(bytes, int place.Offset)
        let changed = Path.GetTempFileName()

        try
            File.WriteAllBytes(changed, bytes)

            Golden.verify changed
            |> List.filter (fun check -> not check.Passed)
            |> List.map _.Quantity
        finally
            File.Delete changed

    let private brighten (pixels: byte[]) =
        for i in 0 .. pixels.Length - 1 do
            pixels[i] <- byte (min 255 (int pixels[i] + 12))

    [<Test>]
    let ``a brighter picture is detected`` () =
        let plain, shaded =
            failedAfter "s0/rgb_plain" brighten, failedAfter "s0/rgb" brighten

        Assert.That(plain, Does.Contain "s0.rgb_plain")
        Assert.That(plain, Does.Not.Contain "s0.rgb")
        Assert.That(shaded, (Is.EqualTo<string> [ "s0.rgb" ]))

    [<Test>]
    let ``another pose is detected`` () =
        let turn (qpos: byte[]) =
            System.BitConverter.GetBytes(2.0).CopyTo(qpos, 0)

        Assert.That(failedAfter "s0/qpos" turn, Does.Contain "s0.silhouette")
