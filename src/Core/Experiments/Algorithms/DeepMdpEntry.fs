/// DeepMDP: `agent=deepmdp`, `state_deepmdp`, and both with surgery.
module internal MtrlFunctional.Experiments.DeepMdpEntry

let private family = { Family.ofReplay "deepmdp" "DeepMDP" with HasTaskGradients = true }

let entry =
    let words = [
        AgentChoice.create "state_deepmdp" family
        AgentChoice.create "deepmdp" family |> AgentChoice.forPixels
    ]

    let schema =
        AlgorithmSchema.create [
            yield! words

            for method' in [ "pcgrad"; "gradnorm" ] do
                yield! words |> List.map (AgentChoice.withSurgery method')
        ]
        |> AlgorithmSchema.withGroups [ KeyGroup.sac; KeyGroup.decoder; KeyGroup.transition ]

    AlgorithmEntry.create schema (AlgorithmEntry.withModels (fun _ -> id))
