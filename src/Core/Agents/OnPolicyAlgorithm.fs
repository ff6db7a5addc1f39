/// MT-PPO, MT-TRPO and IMPALA as agents: one for all tasks, or one for each.
module MtrlFunctional.Agents.OnPolicyAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

let private describe (team: IndependentAgents) : AgentDescription =
    let { Agent = agent; Members = members } = team
    let config = agent.Config
    let all count = int64 members * count

    {
        Members = members
        Groups = members * agent.Config.Tasks
        ObsSize = agent.Config.ObsSize
        ActionSize = agent.Config.ActionSize
        NoiseSize = OnPolicy.noiseSize config
        MemorySize = OnPolicyConfig.memorySize config |> Option.defaultValue 0
        Parameters = {
            Trained = all (agent.PolicyLayout.Length + agent.ValueLayout.Length)
            Targets = 0L
            Fixed = all agent.FixedLayout.Length
        }
        Parts = [ TrainedPart.create agent.PolicyLayout; TrainedPart.create agent.ValueLayout ]
        Networks = [
            OnPolicyConfig.sizes config, OnPolicyConfig.policy config

            match config.Value with
            | ValueNetwork value -> OnPolicyConfig.valueSizes config, value.Spec
            | LinearFeatures _ -> ()
        ]
        LeastEntropy = EntropyTuning.least config.Actions
        Diagram = lazy (OnPolicyDiagram.columns team)
        ParameterTable = lazy (OnPolicyDiagram.table team)
    }

/// One update of the parameters that a mask selects, where all tasks have one agent and its policy learns by gradient
/// steps.
let private updateWithin (team: IndependentAgents) =
    match team.Agent.Config.Improve with
    | GradientSteps _ when team.Members = 1 ->
        Some(fun mask states (rollout: EpisodeSample) ->
            IndependentAgents.updateWithin
                team
                mask
                states
                rollout.Key
                rollout.Progress
                rollout.Lag
                rollout.Episodes)
    | GradientSteps _
    | TrustRegionStep _ -> None

/// The functions of a team, over the states of its members.
let algorithm (team: IndependentAgents) : Algorithm<OnPolicyState list, EpisodeSample> = {
    Description = describe team
    Start = IndependentAgents.start team
    Owns = IndependentAgents.owns
    Act = IndependentAgents.act team
    ActGreedily = IndependentAgents.actGreedily team
    Update =
        fun states rollout ->
            IndependentAgents.update
                team
                states
                rollout.Key
                rollout.Progress
                rollout.Lag
                rollout.Episodes
    RowLayers = IndependentAgents.rowLayers team
    ToNamed = IndependentAgents.toNamed team
    OfNamed = IndependentAgents.ofNamed team
    Capabilities = {
        Capabilities.None with
            BehaviourPolicies = IndependentAgents.behaviourPolicies
            StepMemory =
                team.Agent.Memory |> Option.map (fun _ -> IndependentAgents.stepMemory team)
            UpdateWithin = updateWithin team
            UpdateWithConflicts =
                Some(fun states step update rollout ->
                    IndependentAgents.updateWithConflicts
                        team
                        states
                        step
                        update
                        rollout.Key
                        rollout.Progress
                        rollout.Lag
                        rollout.Episodes)
            FloorStd =
                match team.Agent.Config.Actions with
                | PolicyKind.Gaussian { PerTask = true } -> Some(IndependentAgents.floorStd team)
                | PolicyKind.Gaussian _
                | PolicyKind.Categorical -> None
    }
}

/// The agent of a valid configuration: one for all tasks (`members` = 1), or one for each.
let create shards members (config: OnPolicyConfig) : AnyAgent =
    IndependentAgents.create shards members config
    |> algorithm
    |> Algorithm.toAgent
    |> AnyAgent.OnPolicy
