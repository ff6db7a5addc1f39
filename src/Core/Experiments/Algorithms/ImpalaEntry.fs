/// IMPALA: `agent=impala`.
module internal MtrlFunctional.Experiments.ImpalaEntry

let private family = {
    Family.ofEpisodes "impala" "IMPALA" with
        HasTaskGradients = true
        HasDiscreteActions = true
        JoinsSpaces = true
}

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "impala" family ]
        |> AlgorithmSchema.withGroups [ KeyGroup.onPolicy ]
        |> AlgorithmSchema.withDefaults [ "agent.on_policy.value_epochs", Value.Int 1L ]
        |> AlgorithmSchema.withCorrectedDefaults [ "agent.on_policy.lag", Value.Int 1L ]

    AlgorithmEntry.create schema AlgorithmEntry.onPolicy
