namespace MtrlFunctional.Tests.Verification

open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
open MtrlFunctional.Verification
open MtrlFunctional.Tests

[<TestFixture>]
module ``replaying recorded updates of soft actor-critic`` =

    let private folder = Path.Combine(Repository.root, "tests", "golden", "mtrl")

    let private names =
        Directory.GetFiles(folder, "*.safetensors")
        |> Array.map (fun path -> string (Path.GetFileNameWithoutExtension path))
        |> Array.sort

    let private verify = Golden.verify

    [<TestCaseSource(nameof names)>]
    let ``gives the recorded numbers`` (name: string) =
        let checks = verify (Path.Combine(folder, name + ".safetensors"))
        let quantities = checks |> List.map _.Quantity
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)
        Assert.That(quantities, Does.Contain "init_eval/log_pi")

        // The gradients of recordings with surgery are those of its own recordings.
        if not (name.StartsWith "pcgrad" || name.StartsWith "gradnorm") then
            Assert.That(quantities, Does.Contain "u1/grad/critic#0/critic")

        Assert.That(quantities, Does.Contain "u3/log/critic_loss")
        Assert.That(quantities, Does.Contain "after3/param/critic_target")
        Assert.That(quantities, Does.Contain "optimizers/critic")

        if name.StartsWith "mtsac" then
            Assert.That(quantities, Does.Contain "after3/opt/log_alpha/log_alpha/exp_avg_sq")

    [<Test>]
    let ``has recordings of every kind of network`` () =
        for kind in [ "mtsac"; "multihead"; "soft"; "care"; "moe"; "film"; "ptsl"; "deepmdp" ] do
            Assert.That(names |> Array.exists _.StartsWith(kind), kind)

    /// HiP-BMDP from states, with its contrastive loss.
    [<Test>]
    let ``gives the recorded numbers of θ`` () =
        let checks = verify (Path.Combine(folder, "hipbmdp_state.safetensors"))
        let quantities = checks |> List.map _.Quantity
        Assert.That(quantities, Does.Contain "u3/log/contrastive_loss")
        Assert.That(quantities, Does.Contain "after3/param/task_encoder")

    /// SAC-AE, DeepMDP, and HiP-BMDP with all that it adds.
    [<TestCase("sac_ae", "step2/after/decoder")>]
    [<TestCase("deepmdp", "step2/log/train/ae_loss")>]
    [<TestCase("deepmdp", "step2/log/train/ae_transition_loss")>]
    [<TestCase("deepmdp", "step0/grad/transition_model#1/transition_model")>]
    [<TestCase("hipbmdp", "step2/after/transition_model")>]
    [<TestCase("hipbmdp", "theta/mean_train")>]
    [<TestCase("hipbmdp", "step0/grad/transition_model#2/transition_model")>]
    [<TestCase("hipbmdp", "step2/log/train/contrastive_loss")>]
    let ``gives the recorded numbers from images`` (name: string, quantity: string) =
        let path = Path.Combine(folder, "..", "mtrl_pixels", name + ".safetensors")
        let checks = verify path
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)
        Assert.That(checks |> List.map _.Quantity, Does.Contain quantity)

    /// The recording with one text replaced by another of equal length, in its header or data.
    let private changed (before: string) (after: string) check =
        let bytes = File.ReadAllBytes(Path.Combine(folder, "mtsac_identity.safetensors"))
        let text = System.Text.Encoding.Latin1.GetString bytes
        Assert.That(text, Does.Contain before)
        let copy = Path.GetTempFileName()

        try
            let changed = text.Replace(before, after)
            File.WriteAllBytes(copy, System.Text.Encoding.Latin1.GetBytes changed)
            check (Golden.verify copy)
        finally
            File.Delete copy

    /// A readable file with invalid content is one failed check with the reason.
    [<TestCase("optimizers", "optimisers", "has no metadata 'optimizers'")>]
    [<TestCase("\"action_dim\":\"4\"", "\"action_dim\":\"5\"", "has 192 numbers, 240 fit")>]
    [<TestCase("agent.actor.num_layers", "agent.actor.num_lavers", "its command is not understood")>]
    [<TestCase("critic.Q1.model.0.weight",
               "critic.Q1.model.0.weighs",
               "'init/param/critic.Q1.model.0.weight'")>]
    let ``reports the mismatch`` (before: string) (after: string) (reason: string) =
        changed before after (fun checks ->
            Assert.That(checks.Length, Is.EqualTo 1)
            Assert.That(checks[0].Passed, Is.False)
            Assert.That(checks[0].Quantity, Does.Contain reason))

    /// One changed reward in the second batch: the first update still passes, later ones fail.
    [<Test>]
    let ``detects a changed number`` () =
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

[<TestFixture>]
module ``the networks of the PTSL README`` =

    let private path =
        Path.Combine(Repository.root, "tests", "golden", "mtrl", "readme_networks.json")

    /// 27 commands, two sizes of observation, eight numbers and tables each.
    [<Test>]
    let ``have the original's parameters`` () =
        let checks = Golden.verify path
        Assert.That(checks.Length, Is.EqualTo(27 * 2 * 8))
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)

    [<Test>]
    let ``differ by one parameter`` () =
        let text =
            (File.ReadAllText path).Replace("shared_linear.weight", "shared_linear.w")

        let copy = Path.GetTempFileName() + ".json"

        try
            File.WriteAllText(copy, text)
            let failed = Golden.verify copy |> List.filter (fun check -> not check.Passed)
            Assert.That(failed.Length, Is.GreaterThan 0)
            Assert.That(failed |> List.forall _.Quantity.Contains("PTSL"))
        finally
            File.Delete copy
