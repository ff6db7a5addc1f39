/// The layers of the library. A layer is a file of `Networks` and a line here.
module internal MtrlFunctional.Networks.LayerKinds

let private plain: Layers = { Hidden = [ 8 ]; Output = 6; Activation = Relu }
let private memory = { Units = 4; TimeConstant = 8.0 }
let private trial = { Memory = memory; Encoding = { plain with Output = 3 }; Observed = 4 }

let private gate = { Table = None; Hidden = [ 5 ]; Temperature = 2.0; TopK = None; Detach = false }

let private pixels: ConvolutionLayers = { Layers = 2; Filters = 3 }
let private image: DeconvolutionLayers = { Layers = 2; Filters = 3; Channels = 1 }

let private branches = {
    Shared = plain
    Rank = 2
    SharedProjections = false
    Residual = NoResidual
    Start = ZeroLastMap
}

let private sizes: InputSizes = { Tasks = 3; Features = 6; Context = 6 }

/// A layer of each kind, with sizes of an input that it reads.
let all: (Spec * InputSizes) list = [
    Identity.layer, sizes
    Activate.layer Relu, sizes
    LayerNorm.layer, sizes
    Mlp.layer plain, sizes
    Chain.layer [
        "trunk", Mlp.layer plain
        "relu", Activate.layer Relu
        "head", PerTask.layer plain
    ],
    sizes
    UniformStart.layer (Mlp.layer plain), sizes
    HeStart.layer 0.01 (Mlp.layer plain), sizes
    Gru.layer memory, sizes
    ModuleLayer.Of(fun inputs -> TorchSharp.torch.nn.Linear(inputs, 5)), sizes
    PerTask.layer plain, sizes
    ForEachTask.layer LayerNorm.layer, sizes
    TaskTable.layer 4, sizes
    TaskTable.padded 4, sizes
    TaskTable.fixedRows { Source = "numbers"; Width = 2; Numbers = [| 1.0 .. 6.0 |] }, sizes
    AppendContext.layer, sizes
    WithTaskEncoder.layer (TaskTable.layer 4) (Film.layer { plain with Hidden = [] }), sizes
    Film.layer plain, sizes
    FeatureFilm.layer plain, sizes
    Projected.layer branches, sizes
    Composed.layer { Sets = 2; Each = plain }, sizes
    Hypernetwork.layer { Target = plain; HypernetworkHidden = [ 5 ] }, sizes
    FromContext.layer (PerTask.layer plain), sizes
    PerGroup.layer [ 0; 1; 0 ] (PerTask.layer plain), sizes
    TrialContext.encoder trial, sizes
    TrialContext.reader trial (Mlp.layer plain), { sizes with Features = TrialContext.width trial }
    Experts.layer { Experts = 3; Expert = plain; Selection = Gated gate }, sizes
    Orthogonal.layer { Experts = 3; Expert = plain }, sizes
    SoftModules.layer { Modules = 2; Units = 6; Output = 4 }, sizes
    Convolutions.layer pixels, { sizes with Features = PixelLayers.frame }
    Deconvolutions.layer image, { sizes with Features = PixelLayers.features 2 3 }
]

let private isOfLibrary =
    let kinds = lazy (all |> List.map (fun (layer, _) -> layer.Kind) |> Set)
    fun (spec: Spec) -> kinds.Value.Contains spec.Kind

/// The network, in which each layer that is not of the library is checked (`CheckedLayer`).
let rec checkedIn (spec: Spec) : Spec =
    let spec =
        match spec.MapInner with
        | Some map -> map checkedIn
        | None -> spec

    if isOfLibrary spec then
        spec
    else
        CheckedLayer.create checkedIn spec
