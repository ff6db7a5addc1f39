/// Soft actor-critic: `agent=sac`, `state_sac`, and both with surgery.
module internal MtrlFunctional.Experiments.SacEntry

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms

let private create setting (e: Experiment) =
    let obs, actions = AlgorithmEntry.spaces setting

    SacSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> SacAlgorithm.create setting.Shards (AlgorithmEntry.rows e)

let entry =
    let schema =
        [ Choices.stateSac; Choices.pixelSac ]
        |> AgentChoice.andWithSurgery [ "pcgrad"; "gradnorm" ]
        |> AlgorithmSchema.create
        |> AlgorithmSchema.withGroups [ KeyGroup.sac ]

    AlgorithmEntry.create schema create
