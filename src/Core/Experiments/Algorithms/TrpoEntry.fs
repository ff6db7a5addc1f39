/// Trust region policy optimisation: `agent=mttrpo`.
module internal MtrlFunctional.Experiments.TrpoEntry

open MtrlFunctional.Experiments.Requirement

let private family = {
    Family.ofEpisodes "trpo" "trust region policy optimisation" with
        HasTaskGradients = true
        HasDiscreteActions = true
        JoinsSpaces = true
}

/// A step in a trust region is not taken from rounded products.
let precision (e: Experiment) =
    e.Setup.Precision <> ArithmeticPrecision.Bf16
    |> orElse "setup.precision" $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
    |> because "Its step needs second derivatives, which rounded products do not have."

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "mttrpo" family ]
        |> AlgorithmSchema.withGroups [ KeyGroup.onPolicy; KeyGroup.trpo ]

    {
        AlgorithmEntry.create schema AlgorithmEntry.onPolicy with
            Conflicts = precision
    }
