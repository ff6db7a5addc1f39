namespace MtrlFunctional.Networks

/// The function of each feature between two layers.
type Activation =
    | Relu
    | Tanh

/// A stack of dense layers, y = x W + b, with `Activation` between them and none at the end.
type Layers = internal {
    /// Units of the hidden layers; empty: one linear map.
    Hidden: int list
    Output: int
    Activation: Activation
}

/// Layers as sizes.
module internal Layers =
    /// Inputs and units of each layer, for an input of `inputs` features.
    let sizes inputs (layers: Layers) =
        inputs :: layers.Hidden @ [ layers.Output ] |> List.pairwise

    /// Outputs of all layers for a row.
    let units (layers: Layers) =
        float layers.Output + List.sumBy float layers.Hidden

    /// "100 → 400 → 8".
    let describe inputs (layers: Layers) =
        inputs :: layers.Hidden @ [ layers.Output ]
        |> List.map string
        |> String.concat " → "
