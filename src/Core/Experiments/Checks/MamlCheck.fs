/// What must hold for an agent that is adapted to each task.
module internal MtrlFunctional.Experiments.MamlCheck

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Training

let private adapted (e: Experiment) =
    List.concat [
        corrected e

        unless
            ((AlgorithmKeys.onPolicy e.Agent.Algorithm).Entropy <> EntropyMethod.Tuned)
            "agent.on_policy.entropy_method"
            (Value.Text "tuned")
            "another one with agent=maml"
            "Coefficients are learned for each task, and the tasks of an iteration are new ones."

        unless
            (e.Environment.RewardNormalization <> RewardNormalization.Running)
            "env.reward_normalization"
            (Value.Text "running")
            "another one with agent=maml"
            "Its statistics are those of each task, and the tasks of an iteration are new ones; advantages are normalised."
    ]

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    if e.Agent.Algorithm.Maml.IsSome then adapted e else []
