module MtrlFunctional.Cli.Tests.Training.ClassicTrainingTests

open Expecto
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// Agents that learn or plan within a task, on a classic family.
let ``a small run of a classic family`` = [
    let folder = TestFolder.create "classic"
    let run = Path.Combine(folder, "adapted", "seed-1")

    /// The agent is refused with each of the words.
    let refuses name agent cases =
        Capture.refusalsOf (Words.split $"config env=mt-cartpole {agent}") name cases

    refuses "with a memory refuses what it cannot have" "agent=rl2 agent.rl2.episodes_per_trial=3" [
        "agent.rl2.exploration_episodes=3",
        "agent.rl2.exploration_episodes = 3: must be below 3, agent.rl2.episodes_per_trial."
        "fidelity=original", "fidelity = original: must be corrected with agent=rl2."
        "agent.multitask.should_use_multi_head_policy=True", "agent=rl2 has no use for it."
    ]

    testCase "that gradient steps adapt is evaluated after them" (fun () ->
        Words.split
            $"train --plain env=mt-cartpole agent=maml agent.maml.meta_batch_size=2
            agent.maml.episodes_per_step=2 agent.actor.hidden_dim=8 env.task_visible=False env.horizon=20
            experiment.num_train_steps=160 experiment.eval_freq=80 experiment.num_eval_episodes=2
            setup.name=adapted setup.seed=1 setup.threads=1 setup.base_path={folder}"
        |> Capture.does

        let printed = Capture.finished [ "eval"; run ]

        for episode in 1..3 do
            printed |> matches $@"cartpole {episode} +– +\d"

        let json = Path.Combine(folder, "adapted.json")
        Capture.does [ "eval"; run; "--json"; json ]

        let protocol = Json.read json |> Json.at "protocol"
        protocol |> Json.text "method" |> equals "maml"
        Json.items "shots" protocol |> List.map _.GetInt32() |> equals [ 2 ]
        let file = Path.Combine(folder, "adapted.onnx")
        Capture.does [ "export"; run; "--onnx"; file ]
        Capture.refused [ "eval"; file ] "a file of a policy cannot learn")

    refuses "that gradient steps adapt refuses what it cannot have" "agent=maml" [
        "fidelity=original", "fidelity = original: must be corrected with agent=maml."
        "agent.on_policy.batch_size=100",
        "agent.on_policy.batch_size: agent=maml has no use for it. What serves here: agent.maml.episodes_per_step."
        "agent.on_policy.entropy_method=tuned",
        "agent.on_policy.entropy_method = tuned: must be another one with agent=maml."
        "env.reward_normalization=running",
        "env.reward_normalization = running: must be another one with agent=maml."
        "setup.precision=bf16", "setup.precision = bf16: must be fp32 or fp64 with agent=maml."
        "agent.maml.inner_step=2", "agent.maml.inner_steps"
        "agent.maml.inner_lr=-1", "agent.maml.inner_lr = -1"
    ]

    refuses "that plans refuses what it cannot have" "agent=cadm agent.cadm.candidates=20" [
        "fidelity=original", "fidelity = original: must be corrected with agent=cadm."
        "agent.cadm.history=0", "agent.cadm.history = 0: must be a whole number from 1"
        "agent.cadm.horizon=0", "agent.cadm.horizon = 0: must be a whole number from 1"
        "agent.cadm.elites=21", "agent.cadm.elites = 21: must be at most 20, agent.cadm.candidates."
        "agent.cadm.contexts=3", "agent.cadm.context"
        "agent.actor.hidden_dim=8", "agent.actor.hidden_dim: agent=cadm has no use for it."
        "setup.precision=bf16", "setup.precision = bf16: must be fp32 or fp64 with agent=cadm."
    ]

    Capture.refusals "that plans refuses images" [
        "train env=dmc-cartpole-balance agent=cadm env.builder.make_kwargs.from_pixels=True "
        + "agent.num_layers=4 agent.num_filters=8 setup.name=refused setup.seed=1",
        "The model predicts numbers of a state, not pixels."
    ]
]
