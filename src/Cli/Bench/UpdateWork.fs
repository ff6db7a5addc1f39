/// One MT-SAC update at the paper's size, and its number of floating-point operations.
module MtrlFunctional.Cli.Bench.UpdateWork

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tensors

[<Literal>]
let Tasks = 10

/// Rows per task; 1280 in total.
[<Literal>]
let Rows = 128

/// Sizes of Meta-World's observations and actions.
let observed, actions =
    let spec = MetaWorldSpaces.spec MetaWorldSpaces.horizon
    EnvironmentSpec.observationSize spec, EnvironmentSpec.actionSize spec

/// An observation and the one-hot task.
let private obs = observed + Tasks

[<Literal>]
let private Units = 400

let private adam = AdamRule(3e-4, 0.9, 0.999, 1e-8, 0.0)

/// Where updates are computed, for the heads of tables.
let placeOf (device: TorchSharp.torch.Device) threads =
    if Libtorch.IsCpu device then
        $"{threads} threads"
    else
        $"on {device}"

/// Parts that a batch is split into; on a GPU one stream suffices.
let shardsOn (device: TorchSharp.torch.Device) threads =
    if Libtorch.IsCpu device then threads else 1

/// Updates before the first that is measured: libraries allocate in them what they keep.
[<Literal>]
let WarmUp = 8

/// MT-SAC at the paper's size.
let paper precision : SacConfig = {
    Tasks = Tasks
    ObsSize = obs
    ActionSize = actions
    Actions = SacActions.Box
    Networks = {
        TaskEncoder = None
        Encoder = Identity.layer
        Actor = Spec.mlp 3 Units (2 * actions)
        Critic = Spec.mlp 3 Units 1
        ActorPrivateParts = []
        TrainsPrivateParts = false
    }
    LogStdBounds = -20.0, 2.0
    SquashDensity = SquashDensity.Exact
    Discount = 0.99
    ActionSizes = []
    InitTemperature = 1.0
    PerTaskTemperature = true
    ActorEvery = 1
    TargetEvery = 1
    CriticTau = 0.005
    EncoderTau = 0.05
    ActorAdam = adam
    CriticAdam = adam
    TemperatureAdam = adam
    TaskEncoderAdam = adam
    CriticTrainsTaskEncoder = true
    Context = None
    IndependentAgents = false
    Precision = precision
    Surgery = None
}

/// Floating-point operations of the matrix products that one update requires. Unused gradients of
/// inputs are not counted.
let flops =
    let batch = float (Tasks * Rows)

    let product inputs outputs =
        2.0 * batch * float inputs * float outputs

    let hidden = 2.0 * product Units Units
    let actorFirst, criticFirst = product obs Units, product (obs + actions) Units
    let actor = actorFirst + hidden + product Units (2 * actions)
    let critic = criticFirst + hidden + product Units 1
    // Target: policy and two critics at the next observations.
    let target = actor + 2.0 * critic
    // Two critics forward; weights' and hidden gradients.
    let improveCritics = 2.0 * (3.0 * critic - criticFirst)
    // Policy and critics forward; back through the critics to the action, then the policy.
    let improveActor = actor + 4.0 * critic + 2.0 * actor - actorFirst
    target + improveCritics + improveActor

let private key = Key.ofSeed 1L

/// A random batch, with observations of size `obs` and actions of size `actions`.
let private batch place element (tasks: int) (obs: int) (actions: int) (rows: int) : Batch =
    let draw name shape =
        Draw.normal place (Key.forPurpose name key) shape

    let deep name (size: int) =
        draw name [| int64 tasks; int64 rows; int64 size |]

    let flat = [| int64 tasks; int64 rows |]

    let observed name =
        match element with
        | ElementType.Float32 -> deep name obs
        | ElementType.UInt8 ->
            let shape = [| int64 tasks; int64 rows; int64 obs |]
            let centred = Draw.uniform place 128.0 (Key.forPurpose name key) shape
            Tensor.toType ScalarType.Byte (128.0 +. centred)

    {
        Obs = observed "obs"
        Action = Tensor.tanh (deep "action" actions)
        Reward = draw "reward" flat
        NextObs = observed "next"
        Terminal = Draw.constant place 0.0 flat
        Weight = Draw.constant place 1.0 flat
        Noise = deep "noise" actions
        NextNoise = deep "noise/next" actions
        Draws = Map.empty
        Step = 0L
    }

/// The batch with new noise for update `count`.
let private withNoise place (batch: Batch) count =
    let noise name =
        Draw.normal place (key |> Key.forPurpose name |> Key.at count) (Tensor.shape batch.Action)

    {
        batch with
            Noise = noise "noise"
            NextNoise = noise "noise/next"
            Step = count
    }

/// Holds the state of a learner and updates it.
type Learning<'state>
    (place: TensorOptions, owns: Owns<'state>, start, update: int64 -> 'state -> 'state) =
    let mutable state: 'state = start
    let mutable count = 0L

    member _.State = state

    /// Updates the state and synchronises the device.
    member _.Update() =
        let next = Tensors.scope owns (fun () -> update count state)
        Libtorch.Synchronize place.Device
        state <- Tensors.replace owns state next
        count <- count + 1L

/// An agent with its state and a batch of `rows` rows per task, for repeated updates.
type Work(place: TensorOptions, config: SacConfig, rows, shards: IShards) =
    let agent = SacAgent.create shards config

    let batch =
        batch place ElementType.Float32 config.Tasks config.ObsSize config.ActionSize rows

    let learning =
        Learning(
            place,
            SacState.owns,
            SacState.create agent key place,
            fun count state -> withNoise place batch count |> Sac.update agent state |> fst
        )

    /// Task gradients of critics and actor, combined by a method of surgery.
    member _.CombineGradients(surgery: Surgery) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let view = SacView.read PolicyRegulariser.entropy agent learning.State

        for gradients in [ SacTaskGradients.critic view batch; SacTaskGradients.actor view batch ] do
            surgery.Start config.Tasks
            |> Surgery.combine surgery gradients.Shared key
            |> ignore

    member _.Update() = learning.Update()

/// Repeated updates of an off-policy agent, with observations of an element type; `refresh` makes the batch of update
/// `count` from the first one.
let ofAgentWith refresh place element rows agent =
    match agent with
    | AnyAgent.OnPolicy _ -> invalidArg (nameof agent) "An on-policy agent learns from episodes."
    | AnyAgent.OffPolicy(agent, { Draws = draws }) ->
        let about = agent.Description
        let batch = batch place element about.Groups about.ObsSize about.ActionSize rows

        Learning(
            place,
            (fun (state: IAgentState<ReplaySample>) -> state.Owns),
            agent.Start(key, place),
            fun count state ->
                let struct (next, _) =
                    withNoise place (refresh count batch) count
                    |> RandomDraw.add place (Key.at count key) draws
                    |> ReplaySample.ofBatch
                    |> state.Update

                next
        )

/// The same on one batch.
let ofAgent place element rows agent =
    ofAgentWith (fun _ batch -> batch) place element rows agent
