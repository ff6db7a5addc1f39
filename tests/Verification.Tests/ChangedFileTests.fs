module MtrlFunctional.Tests.Verification.ChangedFileTests

open Expecto
open System
open System.IO
open System.Text
open System.Text.Json.Nodes
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Verification.Replays

let ``a golden file`` = [
    /// Changes the number in the middle of a tensor of a file; the checks that then fail. Surgery reads its inputs beside it.
    let failedAfter (change: byte[] -> byte[]) (name: string) tensor =
        let path =
            altered $"{name}.safetensors" tensor (fun numbers ->
                let at = numbers.Length / 16 * 8
                (change numbers[at .. at + 7]).CopyTo(numbers, at))

        let inputs = Path.Combine(nonNull (Path.GetDirectoryName path), "cases.safetensors")

        if name.StartsWith "surgery/" && path <> inputs then
            File.Copy(file "surgery/cases.safetensors", inputs)

        failed path

    testCase "with a changed bit is detected" (fun () ->
        let flip (number: byte[]) =
            Array.updateAt 0 (number[0] ^^^ 1uy) number

        failedAfter flip "metaworld/reach-v3" "ep1.qpos" |> equals [ "ep1.qpos" ])

    let other (number: byte[]) =
        let found = BitConverter.ToDouble number
        BitConverter.GetBytes(if Double.IsNaN found then 1.0 else found + 0.01)

    testTheory "of each kind with a changed number is detected" [
        "metaworld/push-v3", "ep0.reward"
        "metaworld/vector_mt10_seed42", "final_obs"
        "metaworld/reward_utils", "tol.linear"
        "metaworld/wrappers", "gym_norm.reward_out_gamma0.99_terminated_at_step40"
        "metaworld/benchmark_goals_seed42", "MT50.train.push-back-v3"
        "mtrl/mtsac_identity", "u1/log/critic_loss"
        "mtrl/care", "u1/critic#0/q1"
        "mtrl/gradnorm_mtsac", "after3/gradnorm_weight/critic"
        "garage/mtppo_ragged", "iter1/policy_minibatch_losses"
        "garage/mttrpo_ragged", "iter1/trpo/cg_trace"
        "garage/options", "loss/17/flat_gradient"
        "garage/options", "line/uphill/points"
        "surgery/cases", "k3_random/mean"
        "surgery/pcgrad", "k3_random/projected"
        "surgery/gradvac", "k3_random/beta0.5/result2"
        "surgery/graddrop", "k3_random/positive_probability"
        "surgery/mgda", "k3_random/none/min_norm_vector"
        "surgery/cagrad", "k3_random/c0.5/direction"
        "surgery/sdmgrad", "k3_random/lambda0.3/direction"
        "surgery/nash_mtl", "k3_random/alpha"
        "surgery/imtl", "k3_random/l_loss"
        "surgery/aligned_mtl", "k3_random/min/direction"
        "surgery/gradnorm", "k3_random/alpha1.5/target"
        "surgery/uw", "k3_random/weights"
        "surgery/dwa", "k3_random/T1/weights"
        "surgery/rlw", "k3_random/weights"
        "surgery/famo", "k3_random/final_logits"
        "mtenv/cartpole", "task3/env_obs"
        "mtenv/acrobot", "task0/states"
        "mtenv/tabular_mdp_3x2", "task2/rewards"
        "mtenv/bandit_mt", "task3/rewards"
        "mtenv/two_goal_maze", "episode5/wall_segs"
        "mtenv/wrappers_cartpole", "ntasks/env_obs_5steps"
        "mtenv/normalized_env_wrapper", "both_scaled/final_reward_mean_var"
        "mtenv/seeding", "seed5/uniform"
        "mtenv/hipbmdp_finger_spin_vary_size", "id6/ep0/rewards"
        "dmcontrol/probe_reacher", "s1/xpos"
    ]
    <| fun (name, tensor) -> failedAfter other name tensor |> includes tensor

    testTheory "is detected by a check of another name" [
        "mtrl_pixels/distral_state",
        "step2/after/distilled/actor/model.0.bias",
        "step2/after/distilled"
        "dmcontrol/reacher_easy", "ep1/rewards", "ep1/rewards (formulas)"
    ]
    <| fun (name, tensor, check) -> failedAfter other name tensor |> includes check

    testCase "that is unreadable is one failed check with the reason" (fun () ->
        let path = Path.Combine(TestFolder.create "golden", "changed.safetensors")
        refusal path |> contains "no such file"
        File.WriteAllBytes(path, File.ReadAllBytes(file "metaworld/push-v3.safetensors")[..4999])
        refusal path |> contains "cut off"

        SafetensorsWriter.Write(
            path,
            [],
            dict [ "golden", "elsewhere/thing" ] |> System.Collections.Generic.Dictionary
        )

        refusal path |> contains "kind 'elsewhere/thing' is not supported"

        SafetensorsWriter.Write(
            path,
            [],
            dict [ "golden", "mtenv/tabular_mdp"; "n_states", "many" ]
            |> System.Collections.Generic.Dictionary
        )

        (failed path).IsEmpty |> equals false)

    testCase "whose inputs are missing is one failed check" (fun () ->
        refusal (changed "surgery/rlw.safetensors" id) |> contains "cases.safetensors")
]

let ``a golden file in JSON`` = [
    testTheory "with a changed number is detected" [
        "dmcontrol/pendulum.json", "\"damping\":0.1,", "\"damping\":0.1000001,", "dofs.damping"
        "dmcontrol/variations_finger_size.json",
        "\"touchtop\":[0.075,",
        "\"touchtop\":[0.0750001,",
        "size_3.site_size"
    ]
    <| fun (name, before, after, quantity) ->
        failed (reworded name before after) |> equals [ quantity ]

    testCase "with another goal that an expert reached is detected" (fun () ->
        let name = "metaworld/scripted_success.json"
        let recorded = nonNull (JsonNode.Parse(File.ReadAllText(file name)))
        let tasks = (nonNull recorded["tasks"]).AsObject()
        tasks.Remove "push-v3" |> ignore
        let task = nonNull tasks["drawer-close-v3"]
        let steps = nonNull task["first_success_step"]
        steps[0] <- JsonValue.Create 1
        let text = Encoding.UTF8.GetBytes(recorded.ToJsonString())
        let found = failed (changed name (fun _ -> text))
        found |> hasLength 1
        found.Head |> endsWith ".first_success_step")
]

let ``a recorded picture`` = [
    let failedAfter tensor change =
        failed (altered "dmcontrol_frames/reacher.safetensors" tensor change)

    let brighten (pixels: byte[]) =
        for i in 0 .. pixels.Length - 1 do
            pixels[i] <- byte (min 255 (int pixels[i] + 12))

    testCase "that is brighter is detected" (fun () ->
        let plain = failedAfter "s0/rgb_plain" brighten
        plain |> includes "s0.rgb_plain"
        plain |> excludes "s0.rgb"
        failedAfter "s0/rgb" brighten |> equals [ "s0.rgb" ])

    testCase "of another pose is detected" (fun () ->
        let turn (qpos: byte[]) =
            BitConverter.GetBytes(2.0).CopyTo(qpos, 0)

        failedAfter "s0/qpos" turn |> includes "s0.silhouette")
]
