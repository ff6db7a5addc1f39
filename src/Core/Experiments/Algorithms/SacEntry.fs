/// Soft actor-critic: `agent=sac`, `state_sac`, and both with surgery.
module internal MtrlFunctional.Experiments.SacEntry

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms

let private create setting (e: Experiment) =
    let obs, actions = AlgorithmEntry.spaces setting

    SacSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> SacAlgorithm.create setting.Shards (AlgorithmEntry.rows e)

let entry =
    let words = [ Choices.stateSac; Choices.pixelSac ]

    let schema =
        AlgorithmSchema.create [
            yield! words

            for method' in [ "pcgrad"; "gradnorm" ] do
                yield! words |> List.map (AgentChoice.withSurgery method')
        ]
        |> AlgorithmSchema.withGroups [ KeyGroup.sac ]

    AlgorithmEntry.create schema create
