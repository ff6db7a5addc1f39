/// The networks of a Distral agent as a diagram and as a table of parameters.
module Mtrl.Algorithms.DistralDrawing

open Mtrl.Networks

/// The distilled policy beside the networks of the agents.
[<CompiledName("Columns")>]
let columns (agent: DistralAgent) : Drawing.Column list =
    let { Config = { Agents = agents; Distilled = distilled } } = agent

    SacDrawing.columns agent.Agents
    @ [
        {
            Title = "distilled policy"
            Input = $"observation of {agents.ObsSize}"
            Parts =
                Describe.parts
                    ""
                    { Tasks = agents.Tasks; Features = agents.ObsSize; Context = 0 }
                    distilled
        }
    ]

/// Every parameter with its shape and size, as in a checkpoint; then the totals.
[<CompiledName("Table")>]
let table (agent: DistralAgent) : string =
    SacDrawing.tableWith [ "distilled", agent.DistilledLayout ] agent.Agents
