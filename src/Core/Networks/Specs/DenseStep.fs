namespace MtrlFunctional.Networks

/// Whose the parameters of a dense layer are.
[<RequireQualifiedAccess>]
type DenseOwner =
    | All
    | Task
    /// With the group of each task, from 0.
    | Group of int list

/// A step of a network that consists of dense layers and of what may follow them.
[<RequireQualifiedAccess>]
type DenseStep =
    /// y = x W + b.
    | Map of Units: int * DenseOwner
    /// Layer normalisation.
    | Normalise
    | Activate of Activation

/// Stacks as steps.
module internal DenseStep =
    let ofLayers owner (layers: Layers) = [
        for units in layers.Hidden do
            DenseStep.Map(units, owner)
            DenseStep.Activate layers.Activation
        DenseStep.Map(layers.Output, owner)
    ]
