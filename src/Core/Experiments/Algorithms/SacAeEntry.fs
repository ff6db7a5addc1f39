/// Soft actor-critic with an autoencoder: `agent=sac_ae`.
module internal MtrlFunctional.Experiments.SacAeEntry

let private family = {
    Family.ofReplay "sac_ae" "soft actor-critic with an autoencoder" with
        HasTaskGradients = true
}

let entry =
    let word = AgentChoice.create "sac_ae" family |> AgentChoice.forPixels

    let schema =
        AlgorithmSchema.create [ word; AgentChoice.withSurgery "pcgrad" word ]
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder ]

    AlgorithmEntry.create schema (AlgorithmEntry.withModels (fun _ -> id))
