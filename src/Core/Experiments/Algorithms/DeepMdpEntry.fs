/// DeepMDP: `agent=deepmdp`, `state_deepmdp`, and both with surgery.
module internal MtrlFunctional.Experiments.DeepMdpEntry

let private family = { Family.ofReplay "deepmdp" "DeepMDP" with HasTaskGradients = true }

let entry =
    let schema =
        [
            AgentChoice.create "state_deepmdp" family
            AgentChoice.create "deepmdp" family |> AgentChoice.forPixels
        ]
        |> AgentChoice.andWithSurgery [ "pcgrad"; "gradnorm" ]
        |> AlgorithmSchema.create
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder; KeyGroup.transition ]

    AlgorithmEntry.create schema (AlgorithmEntry.withModels (fun _ -> id))
