/// Building and running networks on random numbers.
module internal MtrlFunctional.Tests.Networks.Nets

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

let sizes tasks : InputSizes = { Tasks = tasks; Features = 5; Context = 4 }

let build tasks spec =
    Network.build Precision.Full "net" (sizes tasks) spec

/// Random values of all parameters, also of those that are 0 at first.
let weightsOf key (network: Module) =
    let layout = Layout.create (network.Parameters @ network.Fixed)
    Layout.views layout (0.5 *. Draw.normal double key [| layout.Length |])

/// Its initial values.
let startOf key (network: Module) =
    let layout = Layout.create network.Parameters
    Layout.views layout (Layout.initialise double key layout)

let input key tasks : NetworkInput = {
    Rows = Draw.normal double (Key.at 1L key) [| int64 tasks; 3L; 5L |]
    Context = Some(Draw.normal double (Key.at 2L key) [| int64 tasks; 1L; 4L |])
    Task = None
    Sequences = None
    IsByRow = false
    IsConstant = false
}

/// The parts of a chain.
let (|Parts|_|) (spec: Spec) =
    spec.TrySettings<(string * Spec) list>()

let near (a: Tensor) (b: Tensor) =
    Tensor.shape a = Tensor.shape b
    && Seq.forall2 (fun x y -> abs (x - y) < 1e-10) (Tensor.toDoubles a) (Tensor.toDoubles b)

let gate: Gate = { Table = None; Hidden = [ 6 ]; Temperature = 0.7; TopK = None; Detach = false }

let mixture experts layers selection : Mixture = {
    Experts = experts
    Expert = Spec.layers layers 6 4
    Selection = selection
}

let heads: Spec =
    Chain.layer [
        "shared", Spec.mlp 1 6 6
        "relu", Activate.layer Relu
        "head", PerTask.layer (Spec.layers 1 6 2)
    ]

let projected isShared residual : Spec =
    Projected.layer {
        Shared = Spec.layers 2 7 2
        Rank = 3
        SharedProjections = isShared
        Residual = residual
        Start = ZeroLastMap
    }

/// All kinds of networks that depend on the task, for four tasks.
let all: Spec list = [
    heads
    PerTask.layer (Spec.layers 2 6 2)
    Film.layer (Spec.layers 1 6 2)
    FeatureFilm.layer (Spec.layers 1 6 2)
    Experts.layer (mixture 4 1 (Gated gate))
    Experts.layer (mixture 3 2 (Gated { gate with TopK = Some 2; Table = Some 3 }))
    Experts.layer (mixture 4 1 (Scored gate))
    Experts.layer (mixture 3 2 (Scored { gate with TopK = Some 2; Table = Some 3 }))
    Experts.layer (mixture 4 1 OneToOne)
    Experts.layer (mixture 3 0 Ensemble)
    Chain.layer [ "modules", SoftModules.layer { Modules = 3; Units = 6; Output = 2 } ]
    WithTaskEncoder.layer
        (TaskTable.layer 3)
        (Chain.layer [ "context", AppendContext.layer; "trunk", Spec.mlp 1 6 2 ])
    for residual in [ NoResidual; SumResidual; LinearResidual; ProjectResidual ] do
        projected true residual
        projected false residual
    Composed.layer { Sets = 3; Each = Spec.layers 2 6 2 }
    Orthogonal.layer { Experts = 3; Expert = Spec.layers 1 6 5 }
    ForEachTask.layer (
        Chain.layer [
            "context", AppendContext.layer
            "hidden", Spec.mlp 1 6 6
            "norm", LayerNorm.layer
            "head", Spec.mlp 0 0 2
        ]
    )
    Hypernetwork.layer { Target = Spec.layers 1 6 2; HypernetworkHidden = [ 5 ] }
    Hypernetwork.layer {
        Target = { Spec.layers 1 6 2 with Activation = Tanh }
        HypernetworkHidden = []
    }
    for body in
        [
            projected true NoResidual
            Composed.layer { Sets = 3; Each = Spec.layers 2 6 2 }
            Orthogonal.layer { Experts = 3; Expert = Spec.layers 1 6 5 }
        ] do
        FromContext.layer body
    PerGroup.layer [ 0; 1; 0; 2 ] (PerTask.layer (Spec.layers 2 6 2))
    PerGroup.layer [ 1; 0; 0; 1 ] (projected true NoResidual)
    TaskGates.network 2 6 2
    ForEachTask.layer (OwnModules.dense 6 2)
    Chain.layer [ "module", OwnModules.trunk 6; "head", PerTask.layer (Spec.layers 0 0 2) ]
]

/// The same for tasks in another order: the groups of `order[0]`, `order[1]` …
let rec reordered (order: int list) (spec: Spec) =
    match spec.TrySettings<int list>(), spec.TrySettings<Spec>(), spec with
    | Some groups, Some body, _ -> PerGroup.layer [ for task in order -> groups[task] ] body
    | _, _, Parts parts -> Chain.layer [ for name, part in parts -> name, reordered order part ]
    | _ -> spec

/// The parameters that `steps` of Adam towards random targets leave unchanged.
let unchanged steps (network: Module) =
    use _ = TorchSharp.torch.NewDisposeScope()

    let key = Key.ofSeed 4L
    let layout = Layout.create network.Parameters
    let first = Layout.initialise double key layout
    let input = input key 4
    let targets = Draw.normal double (Key.at 3L key) [| 4L; 3L; int64 network.Width |]
    let rule = AdamRule(1e-3, 0.9, 0.999, 1e-8, 0.0)

    let step state _ =
        let leaves = Layout.views layout state.Values |> Gradient.leaves
        let loss = Tensor.sum (Tensor.square (network.Run leaves input .- targets))
        AdamState.step rule (fst (Gradient.flat layout leaves [] loss)) state

    let last = List.fold step (AdamState.start first) [ 1..steps ]
    let before, after = Layout.views layout first, Layout.views layout last.Values

    [
        for p in network.Parameters do
            if Tensor.toDoubles before[p.Path] = Tensor.toDoubles after[p.Path] then
                p.Path
    ]

/// The weights of a plain network, `tensorOf` each parameter.
let weightsFor (plain: Module) (tensorOf: Parameter -> Tensor) =
    let layout = Layout.create plain.Parameters
    Layout.views layout (Layout.flatten layout tensorOf)

/// One task of [tasks; …], as [1; …].
let only task x = Tensor.narrow 0 (int64 task) 1L x
