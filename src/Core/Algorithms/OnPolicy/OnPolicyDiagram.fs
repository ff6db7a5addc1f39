/// The networks of an on-policy agent as a diagram and as a table of parameters.
module MtrlFunctional.Algorithms.OnPolicyDiagram

open MtrlFunctional.Networks

/// A column for the policy, and one for the value function.
[<CompiledName("Columns")>]
let columns (agents: IndependentAgents) : Diagram.Column list =
    let { Config = config } = agents.Agent

    let column title (sizes: InputSizes) spec : Diagram.Column = {
        Title = title
        Input =
            if sizes = OnPolicyConfig.sizes config then
                $"observation of {config.ObsSize}"
            else
                $"memory of the policy, {sizes.Features}"
        Parts = Network.parts "" sizes spec
    }

    [
        column "policy" (OnPolicyConfig.sizes config) (OnPolicyConfig.policy config)
        match config.Value with
        | ValueNetwork value -> column "value" (OnPolicyConfig.valueSizes config) value.Spec
        | LinearFeatures _ -> ()
    ]

/// Every parameter with its shape and size, as in a checkpoint; then the totals.
[<CompiledName("Table")>]
let table (agents: IndependentAgents) : string =
    let agent = agents.Agent

    let each =
        if agents.Members = 1 then
            ""
        else
            $", by each of {agents.Members} agents"

    let vectors = [
        "policy", agent.PolicyLayout
        "value", agent.ValueLayout
        "fixed", agent.FixedLayout
    ]

    let parameters = [
        for name, layout in vectors do
            for slot in layout.Slots do
                name, slot.Parameter
    ]

    ParameterTable.text parameters [
        $"trained{each}", agent.PolicyLayout.Length + agent.ValueLayout.Length
        if agent.FixedLayout.Length > 0L then
            "never trained", agent.FixedLayout.Length
    ]
