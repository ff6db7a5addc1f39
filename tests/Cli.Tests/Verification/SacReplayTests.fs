namespace Mtrl.Tests.Cli.Verification

open System.IO
open System.Text.Json
open NUnit.Framework
open Mtrl.Algorithms
open Mtrl.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open Mtrl.Cli.Verification

[<TestFixture>]
module ``replaying recorded updates of soft actor-critic`` =

    let private folder =
        Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "golden", "mtrl")

    let private names = [
        "mtsac_identity"
        "mtsac_identity_shared_alpha"
        "mtsac_task_encoder"
        "mtsac_feedforward"
        "mtsac_sac_scalars"
    ]

    let private verify path =
        use file = SafetensorsFile.Open path
        SacReplay.verify file

    [<TestCaseSource(nameof names)>]
    let ``gives the recorded numbers`` (name: string) =
        let checks = verify (Path.Combine(folder, name + ".safetensors"))
        let quantities = checks |> List.map _.Quantity
        Assert.That(checks |> List.filter (fun check -> not check.Passed), Is.Empty)
        Assert.That(quantities, Does.Contain "init_eval/log_pi")
        Assert.That(quantities, Does.Contain "u1/grad/critic#0/critic")
        Assert.That(quantities, Does.Contain "u3/log/critic_loss")
        Assert.That(quantities, Does.Contain "after3/param/critic_target")
        Assert.That(quantities, Does.Contain "after3/opt/log_alpha/log_alpha/exp_avg_sq")

    /// The same command resolves to the same agent: what is verified is what is trained.
    [<TestCaseSource(nameof names)>]
    let ``rebuilds the agent that its overrides ask for`` (name: string) =
        use file = SafetensorsFile.Open(Path.Combine(folder, name + ".safetensors"))

        let words key =
            JsonDocument.Parse(file.Metadata[key]).RootElement.EnumerateObject()
            |> Seq.map (fun entry -> $"{entry.Name}={entry.Value}")
            |> List.ofSeq

        match Experiment.read ("fidelity=original" :: words "groups" @ words "overrides") with
        | Error mistakes -> Assert.Fail $"{mistakes}"
        | Ok(experiment, _) ->
            let asked =
                SacSetup.ofExperiment MtrlFunctional.Tensors.Precision.Full 39 4 experiment

            let rebuilt = (SacGolden.read file).Agent.Config

            let asked =
                match asked.Networks.TaskEncoder with
                | Some _ -> asked
                | None -> { asked with TaskEncoderAdam = rebuilt.TaskEncoderAdam }

            Assert.That(rebuilt, Is.EqualTo asked)

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

    /// A file that is whole but makes no sense is one failed check that says why.
    [<TestCase("optimizers", "optimisers", "has no metadata 'optimizers'")>]
    [<TestCase("\"action_dim\":\"4\"", "\"action_dim\":\"5\"", "has 1032 numbers, 1056 fit")>]
    [<TestCase("critic.Q1.model.0.weight",
               "critic.Q1.model.0.weighs",
               "'init/param/critic.Q1.model.0.weight'")>]
    let ``says what does not fit`` (before: string) (after: string) (reason: string) =
        changed before after (fun checks ->
            Assert.That(checks.Length, Is.EqualTo 1)
            Assert.That(checks[0].Passed, Is.False)
            Assert.That(checks[0].Quantity, Does.Contain reason))

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
