module MtrlFunctional.Tests.Verification.AgentTests

open Expecto
open Expecto.Flip
open System.IO
open MtrlFunctional.Tests.Verification.Replays

let ``recorded updates of soft actor-critic`` = [
    let recordings = filesOf "mtrl" "*.safetensors"

    testTheory "are replayed to the recorded numbers" recordings
    <| fun path ->
        let name = nonNull (Path.GetFileName path)
        let found = replayed (file path)

        found
        |> includesAll [
            "init_eval/log_pi"
            "u3/log/critic_loss"
            "after3/param/critic_target"
            "optimizers/critic"
            // The gradients of recordings with surgery are those of its own recordings.
            if not (name.StartsWith "pcgrad" || name.StartsWith "gradnorm") then
                "u1/grad/critic#0/critic"
            if name.StartsWith "mtsac" then
                "after3/opt/log_alpha/log_alpha/exp_avg_sq"
            if name.StartsWith "hipbmdp_state" then
                "u3/log/contrastive_loss"
                "after3/param/task_encoder"
        ]

    testCase "are there for every kind of network" (fun () ->
        for kind in "mtsac multihead soft care moe film ptsl deepmdp hipbmdp_state".Split ' ' do
            recordings |> List.exists _.StartsWith($"mtrl/{kind}") |> Expect.isTrue kind)

    let identity = "mtrl/mtsac_identity.safetensors"

    testTheory "that cannot be read are one failed check with the reason" [
        "optimizers", "optimisers", "has no metadata 'optimizers'"
        "\"action_dim\":\"4\"", "\"action_dim\":\"5\"", "has 192 numbers, 240 fit"
        "agent.actor.num_layers", "agent.actor.num_lavers", "its command is not understood"
        "critic.Q1.model.0.weight",
        "critic.Q1.model.0.weighs",
        "'init/param/critic.Q1.model.0.weight'"
    ]
    <| fun (before, after, reason) -> refusal (reworded identity before after) |> contains reason
]

/// SAC-AE, DeepMDP, and HiP-BMDP with all that it adds, from images; Distral.
let ``recorded updates of agents with further parts`` = [
    testTheory "are replayed to the recorded numbers" [
        "sac_ae", [ "step2/after/decoder" ]
        "deepmdp",
        [
            "step2/log/train/ae_loss"
            "step2/log/train/ae_transition_loss"
            "step0/grad/transition_model#1/transition_model"
        ]
        "hipbmdp",
        [
            "step2/after/transition_model"
            "theta/mean_train"
            "step0/grad/transition_model#2/transition_model"
            "step2/log/train/contrastive_loss"
        ]
        "distral_state",
        [
            "step0/log/train/distilled_loss"
            "step2/log/train/alpha_loss"
            "step2/after/actor"
            "step2/after/critic"
            "step2/after/log_alpha"
            "step2/after/distilled"
        ]
    ]
    <| fun (name, quantities) ->
        replayed (file $"mtrl_pixels/{name}.safetensors") |> includesAll quantities
]

let ``recorded updates of PPO and TRPO`` = [
    let ofUpdates = [
        "iter0/advantages"
        "iter1/policy_after/…"
        "iter1/vf_after/…"
        "iter1/log/GaussianMLPPolicy/KL"
        "iter0/multitask_log_named/task-11/NumEpisodes"
        "final/adam_vf/…/exp_avg_sq"
    ]

    testTheory "are replayed to the recorded numbers" [
        "mtppo_ragged", "iter1/policy_minibatch_losses" :: ofUpdates
        "mttrpo_ragged", "iter1/trpo/cg_trace" :: ofUpdates
        "options",
        [
            "adv/11"
            "loss/17/flat_gradient"
            "std/06/std"
            "update/vpg_default/policy_after_flat"
            "line/uphill/points"
        ]
    ]
    <| fun (name, quantities) ->
        replayed (file $"garage/{name}.safetensors") |> includesAll quantities

    let ppo = "garage/mtppo_ragged.safetensors"

    // The recorded numbers are those of tanh.
    testCase "are read with the activation of each network" (fun () ->
        let wrong = failed (reworded ppo "[64,64] tanh" "[64,64] relu")
        wrong |> includes "iter0/mean_before"
        isFalse (List.contains "iter0/baselines" wrong)

        refusal (reworded ppo "[32,32] tanh" "[32,32] gelu")
        |> contains "the activation 'gelu'; it must be tanh or relu")

    // Of the same values and episodes, with another loss of the policy.
    testCase "are told apart from plain policy gradients" (fun () ->
        let wrong = failed (reworded ppo "mtppo" "mtvpg")
        wrong |> includes "iter0/policy_minibatch_losses"
        isFalse (List.contains "iter0/advantages" wrong)
        isFalse (List.contains "iter0/vf_minibatch_losses" wrong))
]

let ``the networks of the PTSL README`` = [
    let networks = "mtrl/readme_networks.json"

    /// 27 commands, two sizes of observation, eight numbers and tables each.
    testCase "have the original's parameters" (fun () ->
        replayed (file networks) |> hasLength (27 * 2 * 8))

    testCase "differ by one parameter" (fun () ->
        let found = failed (reworded networks "shared_linear.weight" "shared_linear.w")
        found |> isNotEmpty
        found |> List.filter (fun quantity -> not (quantity.Contains "PTSL")) |> isEmpty)
]
