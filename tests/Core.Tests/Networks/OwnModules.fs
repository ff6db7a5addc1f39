/// Modules of TorchSharp as a user writes them.
module MtrlFunctional.Tests.Networks.OwnModules

open System
open MtrlFunctional.Networks
open TorchSharp
open TorchSharp.Modules

type Rows = torch.nn.Module<torch.Tensor, torch.Tensor>

/// Of one function.
type Own(create: Own -> torch.Tensor -> torch.Tensor) as this =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor>("own")

    let run = create this
    override _.forward x = run x

/// A hidden layer with a gain of its own.
type Trunk(inputs: int, units: int) as this =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor>("trunk")

    let hidden = torch.nn.Linear(inputs, units)
    let gain = new Parameter(torch.rand units)
    do this.RegisterComponents()

    override _.forward x =
        use _ = torch.NewDisposeScope()
        (torch.tanh (hidden.forward x) * gain).MoveToOuterDisposeScope()

let trunk units =
    ModuleLayer.Of(fun inputs -> new Trunk(inputs, units))

/// As `Spec.mlp 1 hidden output`.
let dense (hidden: int) (output: int) =
    ModuleLayer.Of(fun inputs ->
        torch.nn.Sequential(
            struct ("0", torch.nn.Linear(inputs, hidden) :> Rows),
            struct ("relu", torch.nn.ReLU() :> Rows),
            struct ("1", torch.nn.Linear(hidden, output) :> Rows)
        ))

/// Modules that cannot be a layer, with the words that say so.
let refused: (string * (int -> Rows) * string) list = [
    let sequential (modules: Rows list) : Rows =
        torch.nn.Sequential([| for m in modules -> m :> torch.nn.Module<_, _> |])

    let own create : Rows = new Own(create)

    "dropout",
    (fun n -> sequential [ torch.nn.Linear(n, 4); torch.nn.Dropout 0.1 ]),
    "draws random numbers in its forward function"

    "batch normalisation",
    (fun n -> sequential [ torch.nn.BatchNorm1d n ]),
    "changes '0.running_mean' in its forward function"

    "batch normalisation without statistics",
    (fun n -> torch.nn.BatchNorm1d(n, track_running_stats = false)),
    "mixes the rows of a batch"

    "a transformer",
    (fun n ->
        let layer = torch.nn.TransformerEncoderLayer(int64 n, 1, 4, 0.0)

        own (fun it ->
            it.register_module ("layer", layer)
            fun x -> (layer :> Rows).forward(x.unsqueeze 1).squeeze 1)),
    "cannot train 'layer."

    "a part that is not used",
    (fun n ->
        own (fun it ->
            let used = torch.nn.Linear(n, 2)
            it.register_module ("used", used)
            it.register_module ("unused", torch.nn.Linear(n, 2))
            used.forward)),
    "cannot train 'unused.weight'"

    "a parameter that is not registered",
    (fun n ->
        own (fun _ ->
            let gain = new Parameter(torch.rand n)
            fun x -> x * gain)),
    "as by RegisterComponents()"

    "a parameter from elsewhere",
    (let gain = new Parameter(torch.rand 5)
     fun _ -> own (fun _ x -> x * gain)),
    "has a parameter that is not registered"

    "a random constant",
    (fun n ->
        own (fun it ->
            let features = torch.randn (n, n)
            it.register_buffer ("features", features)
            fun x -> torch.mm (x, features))),
    "draws 'features', which is not trained, anew in each instance"

    "instances that differ",
    (let widths = Collections.Generic.Queue [ 3; 4 ]
     fun n -> torch.nn.Linear(n, widths.Dequeue())),
    "has other parameters in each instance: weight [3; 5], bias [3], then weight [4; 5], bias [4]"

    "a state",
    (fun _ ->
        own (fun _ ->
            let mutable calls = 0

            fun x ->
                calls <- calls + 1
                x * torch.tensor calls)),
    "returned two results for the same parameters and rows"

    "rows of another shape",
    (fun _ -> own (fun _ x -> x.sum 1)),
    "returned [4] for rows [4; 5]; it returns [4; width]"
]
