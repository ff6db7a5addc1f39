/// MT-PPO and MT-TRPO as agents: one for all tasks, or one for each.
module Mtrl.Agents.OnPolicyAlgorithm

open Mtrl.Algorithms
open Mtrl.Tensors

let private describe (team: OnPolicyTeam) : AgentDescription =
    let { Agent = agent; Members = members } = team
    let all count = int64 members * count

    {
        Groups = members * agent.Config.Tasks
        ObsSize = agent.Config.ObsSize
        ActionSize = agent.Config.ActionSize
        NoiseSize = agent.Config.ActionSize
        Parameters = {
            Trained = all (agent.PolicyLayout.Length + agent.ValueLayout.Length)
            Targets = 0L
            Fixed = all agent.FixedLayout.Length
        }
        Diagram = lazy (OnPolicyDrawing.columns team)
        ParameterTable = lazy (OnPolicyDrawing.table team)
    }

/// The functions of a team, over the states of its members.
let algorithm (team: OnPolicyTeam) : Algorithm<OnPolicyState list, EpisodeSample> = {
    Description = describe team
    Start = OnPolicyTeam.start team
    Owns = OnPolicyTeam.owns
    Act = OnPolicyTeam.act team
    ActGreedily = OnPolicyTeam.actGreedily team
    Update =
        fun states rollout ->
            OnPolicyTeam.update team states rollout.Key rollout.Progress rollout.Episodes
    Conflicts =
        Some(fun states step update rollout ->
            Iteration.create rollout.Key rollout.Progress rollout.Episodes
            |> OnPolicyConflicts.measure team states step update)
    ToNamed = OnPolicyTeam.toNamed team
    OfNamed = OnPolicyTeam.ofNamed team
}

/// The agent of a valid configuration: one for all tasks (`members` = 1), or one for each.
let create shards members (config: OnPolicyConfig) : AnyAgent =
    OnPolicyTeam.create shards members config
    |> algorithm
    |> Algorithm.toAgent
    |> AnyAgent.OnPolicy
