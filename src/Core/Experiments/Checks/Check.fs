/// What must hold between values, once each is right by itself.
module internal MtrlFunctional.Experiments.Check

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Surgery

/// What no other check has: sizes of the replay, precision, and tasks that keys name.
let private sizes (e: Experiment) : ConfigError list =
    let env = e.Environment
    let hasTasks = not (VariantCheck.isWithoutTasks e)

    [
        yield!
            unless
                (e.ReplayBuffer.BatchSize >= env.NumEnvs)
                "replay_buffer.batch_size"
                (whole e.ReplayBuffer.BatchSize)
                $"at least {env.NumEnvs}, a row for each task"
                "The papers use 128 for each task."

        yield!
            unless
                (e.ReplayBuffer.Capacity >= env.NumEnvs)
                "replay_buffer.capacity"
                (whole e.ReplayBuffer.Capacity)
                $"at least {env.NumEnvs}, a transition for each task"
                "The default is 1000000."

        yield!
            unless
                (e.Setup.SeedRef + int64 e.Setup.NumSeeds - 1L <= Codec.lastSeed)
                "setup.seed_ref"
                (Value.Int e.Setup.SeedRef)
                $"at most {Codec.lastSeed - int64 e.Setup.NumSeeds + 1L} with setup.num_seeds={e.Setup.NumSeeds}"
                "Seeds have 32 bits."

        yield!
            unless
                (e.Choices.Agent.Family <> Family.trpo && e.Choices.Agent.Family <> Family.maml
                 || e.Setup.Precision <> ArithmeticPrecision.Bf16)
                "setup.precision"
                (Value.Text "bf16")
                $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
                "Its step needs second derivatives, which rounded products do not have."

        let trained = env.Tasks |> List.except e.Schedule.EnvsToExclude

        yield!
            unless
                (not hasTasks || not trained.IsEmpty || env.Tasks.IsEmpty)
                "experiment.envs_to_exclude_during_training"
                (e.Schedule.EnvsToExclude |> List.map Value.Text |> Value.List)
                "a part of the tasks"
                "Nothing would be left to train on."

        yield!
            unless
                (e.Agent.LossReduction = LossReduction.Mean
                 || e.Choices.Agent.Surgery <> SurgeryWord.None
                 || e.Agent.Surgery.Method <> SurgeryWord.None)
                "agent.builder.loss_reduction"
                (Value.Text "none")
                "mean without surgery"
                "agent.surgery.method chooses what joins the gradients of tasks."

        for choice in e.Agent.Surgery.Methods do
            yield! choice.Mistakes env.Tasks
    ]

/// All that is wrong between the values of an experiment.
let conflicts (e: Experiment) : ConfigError list = [
    yield! VariantCheck.conflicts e
    yield! TaskListCheck.conflicts e
    yield! TestedTaskCheck.conflicts e
    yield! MultitaskCheck.conflicts e
    yield! sizes e
    yield! ClassicCheck.conflicts e
    yield! ImageCheck.conflicts e
    yield! Rl2Check.conflicts e
    yield! MamlCheck.conflicts e
    yield! CadmCheck.conflicts e
    yield! MixedCheck.conflicts e

    match e.Agent.Algorithm.OnPolicy with
    | Some keys -> yield! OnPolicyCheck.conflicts keys e
    | None -> ()
]
