/// Small agents, states and batches for the tests, all from keys.
module Mtrl.Tests.Algorithms.Examples

open Mtrl.Algorithms
open Mtrl.Networks
open Mtrl.Random
open Mtrl.Tensors
open MtrlFunctional.Tensors

let double = { Numeric = Numeric.Float64; Device = Ops.Cpu }

let adam = AdamRule(3e-4, 0.9, 0.999, 1e-8, 0.0)

/// Three tasks, five numbers of observation, two actions, tiny networks.
let config: SacConfig = {
    Tasks = 3
    ObsSize = 5
    ActionSize = 2
    Networks = {
        TaskEncoder = None
        Encoder = Identity
        Actor = Spec.mlp 2 6 4
        Critic = Spec.mlp 2 6 1
    }
    LogStdBounds = -20.0, 2.0
    Discount = 0.99
    InitTemperature = 0.7
    PerTaskTemperature = true
    ActorEvery = 1
    TargetEvery = 1
    CriticTau = 0.005
    EncoderTau = 0.05
    ActorAdam = adam
    CriticAdam = adam
    TemperatureAdam = adam
    TaskEncoderAdam = adam
    Precision = Precision.Full
}

/// The same with everything that a task encoder and a trained encoder add.
let encoded: SacConfig = {
    config with
        Networks.TaskEncoder =
            Some(Chain [ "embedding", TaskTable 4; "relu", Activate Relu; "trunk", Spec.mlp 1 5 3 ])
        Networks.Encoder = Chain [ "trunk", Spec.mlp 1 6 4; "context", AppendContext ]
}

/// A batch of `rows` rows for each task, different for each counter.
let batch (config: SacConfig) rows (counter: int64) =
    let key = Key.ofSeed 11L |> Key.at counter
    let tasks, rows = int64 config.Tasks, int64 rows

    let draw name shape =
        Draw.normal double (Key.forPurpose name key) shape

    let flat name = draw name [| tasks; rows |]
    let deep name size = draw name [| tasks; rows; int64 size |]

    {
        Obs = deep "obs" config.ObsSize
        Action = Ops.Tanh(deep "action" config.ActionSize)
        Reward = flat "reward"
        NextObs = deep "next" config.ObsSize
        Terminal =
            Ops.ToType(
                Ops.Greater(flat "terminal", Ops.FullLike(flat "terminal", 1.0)),
                Numeric.Float64
            )
        Weight = Draw.constant double 1.0 [| tasks; rows |]
        Noise = deep "noise" config.ActionSize
        NextNoise = deep "next noise" config.ActionSize
        Step = counter
    }

let agent config =
    SacAgent.create (Shards.serial 1) config

let state config =
    SacState.create (agent config) (Key.ofSeed 3L) double

/// All numbers of a state.
let numbers (state: SacState) =
    SacState.owns state |> Seq.map Ops.ToDoubles |> Seq.toArray
