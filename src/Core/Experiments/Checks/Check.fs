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
        unless
            (e.ReplayBuffer.BatchSize >= env.NumEnvs)
            "replay_buffer.batch_size"
            $"at least {env.NumEnvs}, a row for each task"
        |> because "The papers use 128 for each task."

        unless
            (e.ReplayBuffer.Capacity >= env.NumEnvs)
            "replay_buffer.capacity"
            $"at least {env.NumEnvs}, a transition for each task"
        |> because "The default is 1000000."

        unless
            (e.Setup.SeedRef + int64 e.Setup.NumSeeds - 1L <= Codec.lastSeed)
            "setup.seed_ref"
            $"at most {Codec.lastSeed - int64 e.Setup.NumSeeds + 1L} with setup.num_seeds={e.Setup.NumSeeds}"
        |> because "Seeds have 32 bits."

        let trained = env.Tasks |> List.except e.Schedule.EnvsToExclude

        unless
            (not trained.IsEmpty || env.Tasks.IsEmpty)
            "experiment.envs_to_exclude_during_training"
            "a part of the tasks"
        |> because "Nothing would be left to train on."

        unless
            (e.Agent.LossReduction = LossReduction.Mean
             || e.Choices.Agent.Surgery <> SurgeryWord.None
             || e.Agent.Surgery.Method <> SurgeryWord.None)
            "agent.builder.loss_reduction"
            "mean without surgery"
        |> because "agent.surgery.method chooses what joins the gradients of tasks."

        for choice in e.Agent.Surgery.Methods do
            choice.Mistakes env.Tasks

        unless
            (Observed.isImages e || e.ReplayBuffer.RandomShift = 0)
            ReplayBuffer.randomShift
            $"0 without {DmControlKeys.fromPixels}=True"
        |> because "Only images are shifted."

        unless
            (Observed.isImages e || e.ReplayBuffer.Backing <> ReplayBacking.Compressed)
            ReplayBuffer.backing
            $"memory or file without {DmControlKeys.fromPixels}=True"
        |> because "Only images are compressed."
    ]

/// Where the agent lacks what its environments need: the agents that have it.
let private needs (has: Family -> bool) (agents: AgentChoice list) (e: Experiment) where why =
    let able = [
        for agent in agents do
            if has agent.Family then
                agent.Name
    ]

    unless (has e.Choices.Agent.Family) "agent" $"{Codec.allowedNames able} {where}"
    |> because why

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
