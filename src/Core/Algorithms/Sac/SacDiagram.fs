/// The networks of an agent as a diagram and as a table of parameters.
module MtrlFunctional.Algorithms.SacDiagram

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A column for each network; the two critics, which are alike, share one.
[<CompiledName("Columns")>]
let columns (agent: SacAgent) : Diagram.Column list = [
    for outline in agent.Outlines ->
        {
            Title = outline.Title
            Input = outline.Input
            Parts = Network.parts "" outline.InputSizes outline.Spec
        }
]

/// Every parameter with its shape and size, as in a checkpoint; then the totals.
[<CompiledName("Table")>]
let table (agent: SacAgent) : string =
    let targets, parts = agent.Parts |> List.partition _.Role.IsTarget
    let notTrained, others = parts |> List.partition _.Role.IsFixed
    let inferred, trained = others |> List.partition _.Role.IsInferred

    let count parts =
        parts |> List.sumBy (fun part -> part.Layout.Length)

    let parameters = [
        for part in parts do
            for slot in part.Layout.Slots -> part.Name, slot.Parameter
    ]

    ParameterTable.text parameters [
        "trained", count trained
        if count notTrained > 0L then
            "never trained", count notTrained
        if count inferred > 0L then
            "inferred from transitions", count inferred
        "followed by targets", count targets
    ]
