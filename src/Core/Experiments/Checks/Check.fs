/// What must hold between values, once each is right by itself.
module internal MtrlFunctional.Experiments.Check

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Surgery

/// What no other check has: sizes of the replay, precision, and tasks that keys name.
let private sizes (e: Experiment) : ConfigError list =
    let env = e.Environment
    let hasTasks = not (VariantCheck.isWithoutTasks e)

    List.concat [
        unless
            (e.ReplayBuffer.BatchSize >= env.NumEnvs)
            "replay_buffer.batch_size"
            (whole e.ReplayBuffer.BatchSize)
            $"at least {env.NumEnvs}, a row for each task"
            "The papers use 128 for each task."

        unless
            (e.ReplayBuffer.Capacity >= env.NumEnvs)
            "replay_buffer.capacity"
            (whole e.ReplayBuffer.Capacity)
            $"at least {env.NumEnvs}, a transition for each task"
            "The default is 1000000."

        unless
            (e.Setup.SeedRef + int64 e.Setup.NumSeeds - 1L <= Codec.lastSeed)
            "setup.seed_ref"
            (Value.Int e.Setup.SeedRef)
            $"at most {Codec.lastSeed - int64 e.Setup.NumSeeds + 1L} with setup.num_seeds={e.Setup.NumSeeds}"
            "Seeds have 32 bits."

        let trained = env.Tasks |> List.except e.Schedule.EnvsToExclude

        unless
            (not hasTasks || not trained.IsEmpty || env.Tasks.IsEmpty)
            "experiment.envs_to_exclude_during_training"
            (e.Schedule.EnvsToExclude |> List.map Value.Text |> Value.List)
            "a part of the tasks"
            "Nothing would be left to train on."

        unless
            (e.Agent.LossReduction = LossReduction.Mean
             || e.Choices.Agent.Surgery <> SurgeryWord.None
             || e.Agent.Surgery.Method <> SurgeryWord.None)
            "agent.builder.loss_reduction"
            (Value.Text "none")
            "mean without surgery"
            "agent.surgery.method chooses what joins the gradients of tasks."

        for choice in e.Agent.Surgery.Methods do
            choice.Mistakes env.Tasks
    ]

/// All that is wrong between the values of an experiment; `agents` are those that there are.
let conflicts agents (e: Experiment) : ConfigError list =
    List.concat [
        VariantCheck.conflicts e
        TaskListCheck.conflicts e
        TestedTaskCheck.conflicts e
        MultitaskCheck.conflicts e
        sizes e
        ClassicCheck.conflicts agents e
        ImageCheck.conflicts e
        TrialCheck.conflicts e
        MixedCheck.conflicts agents e

        match e.Agent.Algorithm.OnPolicy with
        | Some keys -> OnPolicyCheck.conflicts keys e
        | None -> ()
    ]
