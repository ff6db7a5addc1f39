/// What must hold between values, once each is right by itself.
module internal MtrlFunctional.Experiments.Check

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery

/// What no other check has: sizes and images of the replay, precision, and tasks that keys name.
let private sizes (e: Experiment) : Conflict list =
    let env = e.Environment

    List.concat [
        e.ReplayBuffer.BatchSize >= env.NumEnvs
        |> orElse "replay_buffer.batch_size" $"at least {env.NumEnvs}, a row for each task"
        |> because "The papers use 128 for each task."

        e.ReplayBuffer.Capacity >= env.NumEnvs
        |> orElse "replay_buffer.capacity" $"at least {env.NumEnvs}, a transition for each task"
        |> because "The default is 1000000."

        e.Setup.SeedRef + int64 e.Setup.NumSeeds - 1L <= Codec.lastSeed
        |> orElse
            "setup.seed_ref"
            $"at most {Codec.lastSeed - int64 e.Setup.NumSeeds + 1L} with setup.num_seeds={e.Setup.NumSeeds}"
        |> because "Seeds have 32 bits."

        let trained = env.Tasks |> List.except e.Schedule.EnvsToExclude

        (not trained.IsEmpty || env.Tasks.IsEmpty)
        |> orElse "experiment.envs_to_exclude_during_training" "a part of the tasks"
        |> because "Nothing would be left to train on."

        (e.Agent.LossReduction = LossReduction.Mean
         || e.Choices.Agent.Surgery <> SurgeryWord.None
         || e.Agent.Surgery.Method <> SurgeryWord.None)
        |> orElse "agent.builder.loss_reduction" "mean without surgery"
        |> because "agent.surgery.method chooses what joins the gradients of tasks."

        for choice in e.Agent.Surgery.Methods do
            choice.Mistakes trained

        (Observed.isImages e || e.ReplayBuffer.RandomShift = 0)
        |> orElse ReplayBuffer.randomShift $"0 without {DmControlKeys.fromPixels}=True"
        |> because "Only images are shifted."

        (Observed.isImages e || e.ReplayBuffer.Backing <> ReplayBacking.Compressed)
        |> orElse ReplayBuffer.backing $"memory or file without {DmControlKeys.fromPixels}=True"
        |> because "Only images are compressed."
    ]

/// Where the agent lacks what its environments need: the agents that have it.
let private needs (has: Family -> bool) (agents: AgentChoice list) (e: Experiment) where why =
    let able = [
        for agent in agents do
            if has agent.Family then
                agent.Name
    ]

    has e.Choices.Agent.Family
    |> orElse "agent" $"{Codec.allowedNames able} {where}"
    |> because why

/// Where rows end in padding.
let private padded (e: Experiment) =
    List.concat [
        // Agents that learn from padding may have no other model, and are refused.
        not (e.Choices.Agent.Family.JoinsSpaces && e.Agent.Multitask.Model.IsSeparate)
        |> orElse "agent.multitask.model" "another model with tasks of different spaces"
        |> because "Train each task in a run of its own instead."

        (e.Behaviour.EqualEpisodesPerTask || not (Choices.isOnPolicy e.Choices))
        |> orElse "behaviour.equal_episodes_per_task" "true with tasks of different spaces"
        |> because "With tasks in turn, rows of a minibatch have no task index."

        match e.Agent.Algorithm.OnPolicy with
        | Some keys ->
            (not keys.NormalizeObservations || keys.ObservationsPerTask)
            |> orElse
                "agent.on_policy.observations_per_task"
                "true with agent.on_policy.normalize_observations=True and tasks of different spaces"
            |> because "A column of the observation has another meaning in each task."
        | None -> ()
    ]

/// Whether an agent has a policy for the actions of its environments, and learns from nothing that pads them.
let private actions agents (e: Experiment) =
    List.concat [
        match Observed.environment e with
        | Some { Action = ActionSpace.Discrete _ } ->
            needs
                _.HasDiscreteActions
                agents
                e
                $"with env={e.Choices.Env.Name}"
                "Its actions are discrete; this agent has a continuous policy only."
        | _ -> ()

        if not (Observed.taskSizes e).IsEmpty then
            needs
                _.JoinsSpaces
                agents
                e
                "with tasks of different spaces"
                "Other agents would learn from the numbers that pad actions."

            padded e
    ]

/// All that is wrong between the values of an experiment; `agents` and `families` are those that there are.
let conflicts agents families (e: Experiment) : Conflict list =
    List.concat [
        TaskCheck.lists e
        actions agents e
        (FamilyRules.find families e.Choices.Env).Conflicts e
        TaskCheck.tested e
        TaskCheck.parts e
        sizes e
        OnPolicyCheck.trials e

        if e.Agent.Multitask.Adapter = SpaceAdapter.PerEmbodiment then
            TaskCheck.adapter e

        match e.Agent.Algorithm.OnPolicy with
        | Some keys -> OnPolicyCheck.conflicts keys e
        | None -> ()
    ]
