namespace MtrlFunctional.Tests.Verification

open System
open System.IO
open NUnit.Framework
open MtrlFunctional.Storage
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

    let private failed path =
        Golden.verify path
        |> List.filter (fun check -> not check.Passed)
        |> List.map _.Quantity

    /// A copy of a golden file in which a number of a tensor is another; its failed checks. Surgery reads its inputs
    /// beside it.
    let private failedWith (change: byte[] -> byte[]) (name: string) (tensor: string) =
        temporary (fun changed ->
            let golden = Path.Combine(Repository.root, "tests", "golden")
            let original = Path.Combine(golden, name + ".safetensors")
            let bytes = File.ReadAllBytes original
            use source = SafetensorsFile.Open original
            let place = source.Tensor tensor
            let size = source.Raw(tensor).Length / int place.Count
            let at = int place.Offset + int place.Count / 2 * size
            (change bytes[at .. at + size - 1]).CopyTo(bytes, at)

            if name.StartsWith "surgery/" then
                let inputs = nonNull (Path.GetDirectoryName changed)
                let cases = Path.Combine(golden, "surgery", "cases.safetensors")
                File.Copy(cases, Path.Combine(inputs, "cases.safetensors"), true)

            File.WriteAllBytes(changed, bytes)
            failed changed)

    /// A change of one number in its last bit is detected.
    [<Test>]
    let ``a changed bit is detected`` () =
        let flip (number: byte[]) =
            Array.updateAt 0 (number[0] ^^^ 1uy) number

        Assert.That(
            failedWith flip "metaworld/reach-v3" "ep1.qpos",
            (Is.EqualTo<string> [ "ep1.qpos" ])
        )

    /// A recorded number of each kind of file; where the check has another name, that name.
    let private numbers = [|
        TestCaseData("metaworld/push-v3", "ep0.reward", null)
        TestCaseData("metaworld/vector_mt10_seed42", "final_obs", null)
        TestCaseData("metaworld/reward_utils", "tol.linear", null)
        TestCaseData(
            "metaworld/wrappers",
            "gym_norm.reward_out_gamma0.99_terminated_at_step40",
            null
        )
        TestCaseData("metaworld/benchmark_goals_seed42", "MT50.train.push-back-v3", null)
        TestCaseData("mtrl/mtsac_identity", "u1/log/critic_loss", null)
        TestCaseData("mtrl/care", "u1/critic#0/q1", null)
        TestCaseData("mtrl_pixels/sac_ae", "step0/log/train/ae_loss", null)
        TestCaseData(
            "mtrl_pixels/distral_state",
            "step2/after/distilled/actor/model.0.bias",
            "step2/after/distilled"
        )
        TestCaseData("garage/mtppo_ragged", "iter1/policy_minibatch_losses", null)
        TestCaseData("garage/mttrpo_ragged", "iter1/trpo/cg_trace", null)
        TestCaseData("garage/options", "loss/17/flat_gradient", null)
        TestCaseData("garage/options", "line/uphill/points", null)
        TestCaseData("surgery/cases", "k3_random/mean", null)
        TestCaseData("surgery/pcgrad", "k3_random/projected", null)
        TestCaseData("surgery/gradvac", "k3_random/beta0.5/result2", null)
        TestCaseData("surgery/graddrop", "k3_random/positive_probability", null)
        TestCaseData("surgery/mgda", "k3_random/none/min_norm_vector", null)
        TestCaseData("surgery/cagrad", "k3_random/c0.5/direction", null)
        TestCaseData("surgery/sdmgrad", "k3_random/lambda0.3/direction", null)
        TestCaseData("surgery/nash_mtl", "k3_random/alpha", null)
        TestCaseData("surgery/imtl", "k3_random/l_loss", null)
        TestCaseData("surgery/aligned_mtl", "k3_random/min/direction", null)
        TestCaseData("surgery/gradnorm", "k3_random/alpha1.5/target", null)
        TestCaseData("surgery/uw", "k3_random/weights", null)
        TestCaseData("surgery/dwa", "k3_random/T1/weights", null)
        TestCaseData("surgery/rlw", "k3_random/weights", null)
        TestCaseData("surgery/famo", "k3_random/final_logits", null)
        TestCaseData("mtenv/cartpole", "task3/env_obs", null)
        TestCaseData("mtenv/acrobot", "task0/states", null)
        TestCaseData("mtenv/tabular_mdp_3x2", "task2/rewards", null)
        TestCaseData("mtenv/bandit_mt", "task3/rewards", null)
        TestCaseData("mtenv/two_goal_maze", "episode5/wall_segs", null)
        TestCaseData("mtenv/wrappers_cartpole", "ntasks/env_obs_5steps", null)
        TestCaseData("mtenv/normalized_env_wrapper", "both_scaled/final_obs_mean", null)
        TestCaseData("mtenv/seeding", "seed5/uniform", null)
        TestCaseData("mtenv/hipbmdp_finger_spin_vary_size", "id6/ep0/rewards", null)
        TestCaseData("dmcontrol/probe_reacher", "s1/xpos", null)
        TestCaseData("dmcontrol/reacher_easy", "ep1/rewards", "ep1/rewards (formulas)")
    |]

    [<TestCaseSource(nameof numbers)>]
    let ``a changed number of each kind is detected``
        (file: string)
        (tensor: string)
        (check: string | null)
        =
        let change (number: byte[]) =
            let found = BitConverter.ToDouble number
            BitConverter.GetBytes(if Double.IsNaN found then 1.0 else found + 0.01)

        let quantity =
            match check with
            | null -> tensor
            | check -> check

        Assert.That(failedWith change file tensor, Does.Contain quantity)

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

            SafetensorsWriter.Write(
                changed,
                [],
                dict [ "golden", "elsewhere/thing" ] |> System.Collections.Generic.Dictionary
            )

            fails "kind 'elsewhere/thing' is not supported" changed)
