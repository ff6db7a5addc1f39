namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks

/// A network of an agent as seen from outside.
type NetworkOutline = {
    /// "critic (two)".
    Title: string
    /// The input of the network as text: "observation of 39".
    Input: string
    InputSizes: InputSizes
    Spec: Spec
    /// Networks of this kind that a row of a batch passes; 0: the network reads no rows of the batch.
    Count: int
}

/// Outlines of the networks of an agent.
module NetworkOutline =
    /// The columns of a diagram.
    let columns (outlines: NetworkOutline list) : Diagram.Column list = [
        for outline in outlines ->
            {
                Title = outline.Title
                Input = outline.Input
                Parts = Network.parts "" outline.InputSizes outline.Spec
            }
    ]

    /// The networks that a row of a batch passes, with their inputs.
    let internal passed (outlines: NetworkOutline list) : (InputSizes * Spec) list = [
        for outline in outlines do
            yield! List.replicate outline.Count (outline.InputSizes, outline.Spec)
    ]
