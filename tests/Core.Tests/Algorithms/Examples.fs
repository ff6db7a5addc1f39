/// Small agents, states and batches for the tests, all from keys.
module MtrlFunctional.Tests.Algorithms.Examples

open System
open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks

let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

let adam rate = AdamRule(rate, 0.9, 0.999, 1e-8, 0.0)

/// Three tasks, five numbers of observation, two actions, tiny networks.
let plain: SacConfig = {
    Tasks = 3
    ObsSize = 5
    ActionSize = 2
    Actions = SacActions.Box
    Networks = {
        TaskEncoder = None
        Encoder = Identity.layer
        Actor = Chain.layer [ "trunk", Spec.mlp 2 6 4 ]
        Critic = Chain.layer [ "trunk", Spec.mlp 2 6 1 ]
        ActorPrivateParts = []
        TrainsPrivateParts = false
    }
    LogStdBounds = -3.0, 1.0
    LogStdLimit = LogStdLimit.Tanh
    SquashDensity = SquashDensity.Exact
    Discount = 0.99
    ActionSizes = []
    InitTemperature = 0.7
    PerTaskTemperature = true
    ActorEvery = 1
    TargetEvery = 1
    CriticTau = 0.005
    EncoderTau = 0.05
    ActorAdam = adam 3e-4
    CriticAdam = adam 3e-4
    TemperatureAdam = adam 3e-4
    TaskEncoderAdam = adam 3e-4
    CriticTrainsTaskEncoder = true
    ActorTrainsTaskEncoder = false
    TrainingEncodings = []
    TemperaturesOfTask = 1
    Context = None
    IndependentAgents = false
    Precision = Precision.Full
    Surgery = None
}

/// The same with surgery that draws nothing and remembers something.
let operated: SacConfig = {
    plain with
        Surgery =
            Some {
                SacSurgery.both (CaGrad.surgery CaGrad.standard) (Key.ofSeed 5L) with
                    OfActor = GradNorm.surgery GradNorm.standard
            }
}

/// The same with everything that a task encoder and a trained encoder add.
let encoded: SacConfig = {
    plain with
        Networks.TaskEncoder =
            Some(
                Chain.layer [
                    "embedding", TaskTable.layer 4
                    "relu", Activate.layer Relu
                    "trunk", Spec.mlp 1 5 3
                ]
            )
        Networks.Encoder = Chain.layer [ "trunk", Spec.mlp 1 6 4; "context", AppendContext.layer ]
}

let private attention: Gate = {
    Table = None
    Hidden = [ 4 ]
    Temperature = 0.8
    TopK = None
    Detach = false
}

let private mixture selection : Spec =
    Experts.layer { Experts = 4; Expert = Spec.layers 2 6 4; Selection = selection }

let private withEncoder name encoder own = {
    encoded with
        Networks.Encoder = Chain.layer [ name, encoder; "context", AppendContext.layer ]
        Networks.ActorPrivateParts = own
}

/// The model of actor and critics, with the given outputs.
let private withModel (model: int -> (string * Spec) list) config = {
    config with
        Networks.Actor = Chain.layer (model 4)
        Networks.Critic = Chain.layer (model 1)
}

let private projected isShared residual output = [
    "projected",
    Projected.layer {
        Shared = Spec.layers 2 6 output
        Rank = 2
        SharedProjections = isShared
        Residual = residual
        Start = ZeroLastMap
    }
]

/// Fixed task embeddings, a mixture of experts, and an attention of the actor's own.
let care =
    let config =
        withEncoder "experts" (mixture (Gated attention)) [ "experts/selection" ]

    let rows = {
        Source = "test"
        Width = 6
        Numbers = [| for i in 1..18 -> sin (float (i * i)) |]
    }

    {
        config with
            Networks.TaskEncoder =
                Some(
                    Chain.layer [
                        "embedding", TaskTable.fixedRows rows
                        "relu", Activate.layer Relu
                        "projection", Spec.mlp 1 5 4
                        "relu", Activate.layer Relu
                        "trunk", Spec.mlp 1 5 3
                    ]
                )
    }

/// The agent chooses one of four actions.
let choosing config = {
    config with
        ActionSize = 4
        Actions = SacActions.Discrete 0.6
        Networks.Critic = Chain.layer [ "trunk", Spec.mlp 2 6 4 ]
}

/// One of each kind of network, and of action.
let networks = [
    plain
    choosing plain
    choosing operated
    choosing care
    operated
    encoded
    care
    withEncoder
        "experts"
        (mixture (Gated { attention with Table = Some 3; TopK = Some 2; Detach = true }))
        []
    withEncoder "experts" (mixture (Scored attention)) [ "experts/selection" ]
    withEncoder "film" (FeatureFilm.layer (Spec.layers 1 6 4)) []
    withEncoder "experts" (mixture OneToOne) []
    withEncoder "experts" (mixture Ensemble) []
    // FiLM reads two numbers of the context for each layer.
    {
        withEncoder "film" (Film.layer (Spec.layers 1 6 4)) [ "film" ] with
            Networks.TaskEncoder =
                Some(Chain.layer [ "embedding", TaskTable.layer 4; "trunk", Spec.mlp 1 5 4 ])
    }
    plain
    |> withModel (fun output -> [
        "shared", Spec.mlp 1 6 6
        "relu", Activate.layer Relu
        "head", PerTask.layer (Spec.layers 1 6 output)
    ])
    plain
    |> withModel (fun output -> [ "own", PerTask.layer (Spec.layers 1 6 output) ])
    plain
    |> withModel (fun output -> [
        "input", PerGroup.layer [ 1; 0; 1 ] (PerTask.layer (Spec.layers 0 0 6))
        "relu", Activate.layer Relu
        "shared", Spec.mlp 0 0 6
        "output", PerGroup.layer [ 1; 0; 1 ] (PerTask.layer (Spec.layers 0 0 output))
    ])
    plain |> withModel (projected true NoResidual)
    care |> withModel (projected false SumResidual)
    plain |> withModel (projected true LinearResidual)
    plain |> withModel (projected true ProjectResidual)
    { encoded with Networks.Encoder = Chain.layer [ "trunk", Spec.mlp 1 6 3 ] }
    |> withModel (fun output -> [
        "projection", Spec.mlp 0 0 3
        "modules", SoftModules.layer { Modules = 3; Units = 5; Output = output }
    ])
    plain
    |> withModel (fun output -> [
        "composed", Composed.layer { Sets = 2; Each = Spec.layers 1 5 output }
    ])
    plain
    |> withModel (fun output -> [
        "experts", Orthogonal.layer { Experts = 2; Expert = Spec.layers 1 5 4 }
        "tanh", Activate.layer Tanh
        "head", PerTask.layer (Spec.layers 0 4 output)
    ])

    // The context belongs to the model, not to the features.
    { encoded with Networks.Encoder = Identity.layer }
    |> withModel (fun output -> [
        "hyper", Hypernetwork.layer { Target = Spec.layers 1 4 output; HypernetworkHidden = [ 2 ] }
    ])
    plain |> withModel (fun output -> [ "gated", TaskGates.network 2 5 output ])
    plain
    |> withModel (fun output -> [
        "module", OwnModules.trunk 5
        "head", PerTask.layer (Spec.layers 0 0 output)
    ])
]

/// `encoded`, with encodings that are inferred from contexts of at most seven transitions.
let inferred: SacConfig = {
    encoded with
        Networks.TaskEncoder = Some(Chain.layer [ "trunk", Spec.mlp 1 8 6 ])
        Context =
            Some {
                Draw = { Transitions = 7; Window = 100; EmptyShare = 0.2; Width = 3 }
                KlWeight = None
                ExploreEvery = 1
            }
}

/// Encodings that are inferred, with one of each kind of network that reads them.
let inferredNetworks =
    let ofModel =
        withModel
        >> fun model -> model { inferred with Networks.Encoder = Identity.layer }

    [
        inferred
        choosing inferred
        { inferred with Surgery = operated.Surgery }
        {
            inferred with
                Networks.Encoder = Chain.layer [ "film", FeatureFilm.layer (Spec.layers 1 6 4) ]
        }
        {
            inferred with
                Networks.Encoder = Chain.layer [ "experts", mixture (Gated attention) ]
        }
        ofModel (fun output -> [
            "hyper",
            Hypernetwork.layer { Target = Spec.layers 1 4 output; HypernetworkHidden = [ 2 ] }
        ])
        ofModel (fun output -> [
            "experts",
            FromContext.layer (Orthogonal.layer { Experts = 2; Expert = Spec.layers 1 5 4 })
            "tanh", Activate.layer Tanh
            "head", Spec.mlp 0 0 output
        ])
        ofModel (fun output -> [
            "composed",
            FromContext.layer (Composed.layer { Sets = 2; Each = Spec.layers 1 5 output })
        ])
        ofModel (fun output -> [
            for name, part in projected true NoResidual output -> name, FromContext.layer part
        ])
    ]

let agent config =
    SacAgent.create (Shards.serial 1) config

/// The state before the first update.
let fresh config =
    SacState.create (agent config) (Key.ofSeed 3L) double

/// The tensors of a state by name.
let named agent state =
    StatePart.toNamed (SacState.parts agent) state

/// `rows` rows of each task, different for each counter.
let batchOf (config: SacConfig) rows (counter: int64) : Batch =
    let key = Key.ofSeed 11L |> Key.at counter
    let tasks, rows = int64 config.Tasks, int64 rows

    let draw name shape =
        Draw.normal double (Key.forPurpose name key) shape

    let flat name = draw name [| tasks; rows |]
    let deep name size = draw name [| tasks; rows; int64 size |]
    let ends = Tensor.greater (flat "terminal") (Draw.constant double 1.0 [||])

    {
        Obs = deep "obs" config.ObsSize
        Action = Tensor.tanh (deep "action" config.ActionSize)
        Reward = flat "reward"
        NextObs = deep "next" config.ObsSize
        Terminal = Tensor.toType ScalarType.Float64 ends
        Weight = Draw.constant double 1.0 [| tasks; rows |]
        Noise = deep "noise" config.ActionSize
        NextNoise = deep "next noise" config.ActionSize
        Draws = Map.empty
        Step = counter
    }

/// A context of each task for the batch of a counter.
let internal contextOf (config: SacConfig) counter : TaskContext =
    let draw = config.Context.Value.Draw
    let key = Key.ofSeed 13L |> Key.at counter

    batchOf config draw.Transitions (counter + 1_000L)
    |> TaskContext.ofTransitions double key draw

/// `batchOf`, with a context where tasks are inferred.
let sampleOf (config: SacConfig) rows counter =
    let batch = batchOf config rows counter

    if config.Context.IsSome then
        TaskContext.add (contextOf config counter) batch
    else
        batch

/// Three updates in a row.
let train agent (state: SacState) =
    [ 1L .. 3L ]
    |> List.fold (fun state k -> fst (Sac.update agent state (sampleOf agent.Config 8 k))) state

/// The numbers of tensors, one after the other.
let numbersOf (tensors: seq<Tensor>) =
    tensors |> Seq.map Tensor.toDoubles |> Array.concat

/// All numbers of a state.
let numbers (state: SacState) = numbersOf (SacState.owns state)

let largestDifference (a: float[]) (b: float[]) =
    Array.map2 (fun x y -> abs (x - y)) a b |> Array.max

/// The whole gradient of one of three tasks, network by network.
let internal wholeGradient layouts task (gradients: PerTaskGradients.PerTaskGradients) =
    let mask = Array.init 3 (fun i -> if i = task then 1.0 else 0.0)
    let own = gradients.Own .* Tensor.ofDoubles [| 3L; 1L |] mask

    Sharing.join layouts (Tensor.select 0 (int64 task) gradients.Shared.Rows) own
    |> List.map Tensor.toDoubles

/// The live tensors of the process, without those that nothing holds any more.
let liveTensors () =
    GC.Collect()
    GC.WaitForPendingFinalizers()
    Libtorch.LiveTensors

/// Update after update holds no tensors but those of its state.
let leavesNothing (owns: Owns<'state>) (update: 'state -> 'state * Metrics) (start: 'state) =
    let step state _ =
        let next, metrics = update state
        Seq.iter (fun (x: Tensor) -> x.Dispose()) (Metrics.owns metrics)
        Tensors.replace owns state next

    let state = step start ()
    let live = liveTensors ()
    List.fold step state (List.replicate 3 ()) |> ignore
    Libtorch.LiveTensors |> equals live

/// A measured number of an update.
let reading name (metrics: Metrics) =
    (Metrics.read metrics |> Array.find (fun r -> r.Metric = name)).Number
