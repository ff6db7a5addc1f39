/// Soft actor-critic with an autoencoder: `agent=sac_ae`.
module internal MtrlFunctional.Experiments.SacAeEntry

let private family = {
    Family.ofReplay "sac_ae" "soft actor-critic with an autoencoder" with
        HasTaskGradients = true
}

let entry =
    let schema =
        [ AgentChoice.create "sac_ae" family |> AgentChoice.forPixels ]
        |> AgentChoice.andWithSurgery [ "pcgrad" ]
        |> AlgorithmSchema.create
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder ]

    AlgorithmEntry.create schema (AlgorithmEntry.withModels (fun _ -> id))
