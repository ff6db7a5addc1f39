/// Proximal policy optimisation: `agent=mtppo`.
module internal MtrlFunctional.Experiments.PpoEntry

let private family = {
    Family.ofEpisodes "ppo" "proximal policy optimisation" with
        HasTaskGradients = true
        HasDiscreteActions = true
        JoinsSpaces = true
        Context = Some "gru"
}

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "mtppo" family ]
        |> AlgorithmSchema.withGroups [ KeyGroup.onPolicy; KeyGroup.ppo ]

    AlgorithmEntry.create schema AlgorithmEntry.onPolicy
