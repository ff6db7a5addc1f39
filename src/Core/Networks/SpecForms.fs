namespace MtrlFunctional.Networks

/// Sizes of a network: from `agent.actor` or `agent.critic`, and its outputs for a row.
type NetworkSizes = { Layers: int; Units: int; Outputs: int }

/// Short forms of common specs.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Spec =
    /// `layers` hidden ReLU layers of `units`, then a linear one to `output`.
    [<CompiledName("Layers")>]
    let layers layers units output : Layers = {
        Hidden = List.replicate layers units
        Output = output
        Activation = Relu
    }

    /// A network of `layers`.
    [<CompiledName("Mlp")>]
    let mlp count units output = Mlp.layer (layers count units output)

    /// Stacked frames to `feature` numbers within ±1: convolutions, a linear layer, layer normalisation, tanh.
    let pixelEncoder layers filters feature =
        Chain.layer [
            "conv", Convolutions.layer { Layers = layers; Filters = filters }
            "linear", mlp 0 0 feature
            "norm", LayerNorm.layer
            "tanh", Activate.layer Tanh
        ]

    /// Features to rows of [channels; 84; 84]: a linear layer, ReLU, transposed convolutions.
    let pixelDecoder layers filters channels =
        Chain.layer [
            "linear", mlp 0 0 (PixelLayers.features layers filters)
            "relu", Activate.layer Relu
            "deconv",
            Deconvolutions.layer { Layers = layers; Filters = filters; Channels = channels }
        ]
