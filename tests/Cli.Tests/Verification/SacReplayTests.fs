namespace Mtrl.Tests.Cli.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
open Mtrl.Cli.Verification

[<TestFixture>]
module ``replaying recorded updates of soft actor-critic`` =

    let private folder =
        Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "golden", "mtrl")

    let private verify path =
        use file = SafetensorsFile.Open path
        SacReplay.verify file

    [<TestCase "mtsac_identity">]
    [<TestCase "mtsac_identity_shared_alpha">]
    [<TestCase "mtsac_task_encoder">]
    [<TestCase "mtsac_feedforward">]
    [<TestCase "mtsac_sac_scalars">]
    let ``gives the recorded numbers`` name =
        let checks = verify (Path.Combine(folder, name + ".safetensors"))
        let quantities = checks |> List.map _.Quantity
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)
        Assert.That(quantities, Does.Contain "init_eval/log_pi")
        Assert.That(quantities, Does.Contain "u1/grad/critic#0/critic")
        Assert.That(quantities, Does.Contain "u3/log/critic_loss")
        Assert.That(quantities, Does.Contain "after3/param/critic_target")
        Assert.That(quantities, Does.Contain "after3/opt/log_alpha/log_alpha/exp_avg_sq")

    /// One reward of the second batch is another: the first update stays right, the rest does not.
    [<Test>]
    let ``notices a changed number`` () =
        let path = Path.Combine(folder, "mtsac_identity.safetensors")
        let bytes = File.ReadAllBytes path

        let reward =
            use file = SafetensorsFile.Open path
            (file.Tensor "batch2/reward").Offset

        System.BitConverter.TryWriteBytes(System.Span(bytes, int reward, 8), 3.0)
        |> ignore

        let copy = Path.GetTempFileName()

        try
            File.WriteAllBytes(copy, bytes)
            let failed = verify copy |> List.filter (fun check -> not check.Passed)
            let quantities = failed |> List.map _.Quantity
            Assert.That(quantities, Does.Contain "u2/log/batch_reward")
            Assert.That(quantities, Does.Contain "after3/param/critic.Q1.model.0.weight")
            Assert.That(quantities |> List.filter _.StartsWith("u1/"), Is.Empty)
        finally
            File.Delete copy
