module MtrlFunctional.Tests.Experiments.SuggestionTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Experiments

/// Words of other programs, and what is suggested for them.
let suggestions = [
    let mistake agent word =
        Resolving.mistakes [ "env=metaworld-mt10"; $"agent={agent}"; word ]
        |> List.exactlyOne

    testTheory "name the keys that have an effect here" [
        "state_sac", "seed=1", "setup.seed"
        "state_sac", "lr=1e-3", "agent.optimizers.actor.lr, agent.optimizers.critic.lr"
        "state_sac", "gamma=0.9", "agent.builder.discount"
        "state_sac", "total_timesteps=1000", "experiment.num_train_steps"
        "state_sac", "num_gpus=1", "setup.device"
        "mtppo", "kl_coeff=0.2", "agent.ppo.target_kl"
        "state_sac", "batch_size=8", "replay_buffer.batch_size"
        "mtppo", "batch_size=8", "agent.on_policy.minibatch_size, agent.on_policy.batch_size"
        "mtppo", "clip_range=0.1", "agent.ppo.clip"
        "mttrpo", "max_kl=0.1", "agent.trpo.max_kl"
        "state_sac", "agent.actor.lr=1", "agent.optimizers.actor.lr"
        "state_sac", "experiment.hidden_dim=3", "agent.actor.hidden_dim"
    ]
    <| fun (agent, word, keys) -> mistake agent word |> contains $"no such key. Nearest: {keys}"

    testTheory "name the agent whose key a word is, where this one has none" [
        "mtppo", "buffer_size=1000", "Nearest: replay_buffer.capacity (with agent=state_sac)."
        "mttrpo", "clip_coef=0.2", "Nearest: agent.ppo.clip (with agent=mtppo)."
        "state_sac", "gae_lambda=0.9", "Nearest: agent.on_policy.gae_lambda (with agent=mtppo)."
        "mtppo", "vf_coef=0.5", "no such key. 'mtrl config --keys' lists all."
    ]
    <| fun (agent, word, remedy) -> mistake agent word |> contains remedy

    Resolving.refuses "name agents and environments that share a part, and short forms of keys" [
        "env=metaworld-mt10"
    ] [
        "agent=mt-trpo", "Nearest: mttrpo."
        "env.tasks=[SawyerReachEnvV2]", "Nearest: reach, "
        "env.tasks=[SawyerReachPushPickPlaceEnv]", "Nearest: pick-place, reach, push."
        "env=walker", "Nearest: dmc-walker-"
        "setup.sed=1", "Nearest: setup.seed"
        "setup.name=${setup.sed}", "Nearest: setup.seed"
        "setup.name=${..seed}", "Nearest: setup.seed"
    ]

    testTheory "of options may be misspelled" [
        "seeed", [ "setup.seed" ]
        "num_sedes", [ "setup.num_seeds" ]
        "quixotic", []
    ]
    <| fun (word, keys) ->
        Experiment.keysNear Additions.none [ "env=metaworld-mt10" ] word |> equals keys

    testCase "each synonym leads to a key of some agent" (fun () ->
        for word in [ "learning-rate"; "--n-epochs"; "TAU"; "device"; "num_workers"; "env_id" ] do
            [ "agent=state_sac"; "agent=mtppo" ]
            |> List.collect (fun agent ->
                Experiment.wordsMeant Additions.none [ "env=metaworld-mt10"; agent ] word "…")
            |> Expect.isNonEmpty word)

    testTheory "an environment alone has an agent for its observations" [
        "metaworld-mt10", "state_sac"
        "mt-cartpole", "state_sac"
        "dmcontrol-finger-spin-distribution-v0", "sac"
    ]
    <| fun (env, agent) -> (Resolving.resolve [ $"env={env}" ]).Choices.Agent.Name |> equals agent

    testCase "a preset trains one seed unless more are asked for" (fun () ->
        let seeds words =
            Experiment.seeds (Resolving.resolve words)

        seeds [ "preset=ptsl/care-mt10" ] |> equals [ 1 ]
        seeds [ "preset=ptsl/care-mt10"; "setup.num_seeds=3" ] |> equals [ 1; 2; 3 ]
        Presets.all |> List.map _.Seeds |> List.max |> equals 10)
]
