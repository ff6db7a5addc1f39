namespace MtrlFunctional.Experiments

open MtrlFunctional.Spaces

/// Keys of RL²: those of MT-PPO, and `agent.rl2.*`.
type Rl2Keys = {
    Ppo: PpoKeys
    Trial: Trial
    /// Units of the memory.
    Units: int
    /// Longest time constant of a unit before training, in steps.
    TimeConstant: float
}

module internal Rl2Keys =
    open Schema

    let schema =
        schema {
            let! ppo = part PpoKeys.schema (fun (r: Rl2Keys) -> r.Ppo)

            and! episodes =
                key "agent.rl2.episodes_per_trial" (Codec.int 1 1000) (is 10) (fun (r: Rl2Keys) ->
                    r.Trial.Episodes)
                |> about
                    "episodes of one task over which the agent keeps its memory. Ours, as all keys of agent.rl2"

            and! exploration =
                key "agent.rl2.exploration_episodes" (Codec.int 0 999) (is 2) _.Trial.Exploration
                |> about
                    "first episodes of a trial in which success does not count; their rewards are learned from as all others"

            and! units =
                key "agent.rl2.units" Codec.size (is 256) _.Units
                |> about "units of the memory of policy and value function (GRU)"

            and! timeConstant =
                key
                    "agent.rl2.time_constant"
                    (Codec.real "a number from 2" (fun x -> System.Double.IsFinite x && x >= 2.0))
                    (is 100.0)
                    _.TimeConstant
                |> about
                    "longest time constant of the memory before training, in steps; the units' are spread from 2 to it"

            return {
                Ppo = ppo
                Trial = { Episodes = episodes; Exploration = exploration }
                Units = units
                TimeConstant = timeConstant
            }
        }
