/// What must hold for layers of each embodiment.
module internal MtrlFunctional.Experiments.AdapterCheck

open MtrlFunctional.Experiments.Requirement

let private adapterKey = "agent.multitask.adapter"

/// All that is wrong.
let conflicts (e: Experiment) : ConfigError list =
    List.concat [
        let agent = e.Agent
        let embodiments = Observed.embodimentGroups e |> List.distinct |> List.length

        unless
            (embodiments > 1)
            adapterKey
            (Value.Text "per_embodiment")
            "pad with tasks of one embodiment"
            "Tasks of several: env=mixed env.tasks=[reach,walker-walk], and its like."

        unless
            (agent.Encoder.Kind = EncoderKind.Identity)
            "agent.encoder.type_to_select"
            (Value.Text(Choices.nameOf Encoder.kinds agent.Encoder.Kind))
            $"identity with {adapterKey}=per_embodiment"
            "An encoder that all embodiments share would read the observations before their own layers."

        unless
            (agent.Context.Method = ContextMethod.None)
            adapterKey
            (Value.Text "per_embodiment")
            "pad with agent.context.method"
            "The encoder of the context reads observations of all embodiments."
    ]
