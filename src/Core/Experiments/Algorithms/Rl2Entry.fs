/// RL²: a policy with a memory over trials (`agent=rl2`).
module internal MtrlFunctional.Experiments.Rl2Entry

let private family = {
    Family.ofEpisodes "rl2" "RL², a policy with a memory over trials" with
        HasDiscreteActions = true
        FindsTask = true
}

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "rl2" family ]
        |> AlgorithmSchema.withGroups [ KeyGroup.onPolicy; KeyGroup.ppo; KeyGroup.memory ]
        |> AlgorithmSchema.withDefaults [
            "agent.on_policy.minibatch_size", Value.Int 10_000L
            "agent.on_policy.normalize_observations", Value.Bool true
            "agent.on_policy.std_per_task", Value.Bool false
            // As in Meta-World's experiments; a network learns the long returns of trials slowly.
            "agent.on_policy.value_function", Value.Text "linear"
        ]

    {
        AlgorithmEntry.create schema AlgorithmEntry.onPolicy with
            Conflicts = AlgorithmEntry.corrected
    }
