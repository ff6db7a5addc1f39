/// One MT-SAC update at the paper's size, and its number of floating-point operations.
module MtrlFunctional.Cli.Bench.UpdateWork

open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tensors
open MtrlFunctional.Training

[<Literal>]
let Tasks = 10

/// Rows per task; 1280 in total.
[<Literal>]
let Rows = 128

/// Sizes of Meta-World's observations and actions.
let private observed, actions =
    let spec = MetaWorldSpaces.spec MetaWorldSpaces.horizon
    EnvironmentSpec.observationSize spec, EnvironmentSpec.actionSize spec

/// An observation and the one-hot task.
let private obs = observed + Tasks

[<Literal>]
let private Units = 400

/// MT-SAC at the paper's size.
let paper precision =
    ExperimentBuilder.Resolve [
        "env=metaworld-mt10"
        "agent=state_sac"
        "agent.actor.num_layers=3"
        $"agent.actor.hidden_dim={Units}"
        "agent.multitask.should_use_disentangled_alpha=True"
    ]
    |> SacSetup.ofExperiment precision None observed (ActionSpace.Box actions)

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
    let updateCritics = 2.0 * (3.0 * critic - criticFirst)
    // Policy and critics forward; back through the critics to the action, then the policy.
    let updateActor = actor + 4.0 * critic + 2.0 * actor - actorFirst
    target + updateCritics + updateActor

let private key = Key.ofSeed 1L

let private batch options : Batch =
    let draw name shape =
        Draw.normal options (Key.forPurpose name key) shape

    let rows = [| int64 Tasks; int64 Rows |]

    let deep name (size: int) =
        draw name (Array.append rows [| int64 size |])

    {
        Obs = deep "obs" obs
        Action = Tensor.tanh (deep "action" actions)
        Reward = draw "reward" rows
        NextObs = deep "next" obs
        Terminal = Draw.constant options 0.0 rows
        Weight = Draw.constant options 1.0 rows
        Noise = deep "noise" actions
        NextNoise = deep "noise/next" actions
        Draws = Map.empty
        Step = 0L
    }

/// The batch with new noise for update `count`.
let private withNoise options (batch: Batch) count =
    let noise name =
        Draw.normal options (key |> Key.forPurpose name |> Key.at count) (Tensor.shape batch.Action)

    {
        batch with
            Noise = noise "noise"
            NextNoise = noise "noise/next"
            Step = count
    }

/// An agent with its state and a batch, for repeated updates.
type Work(options: TensorOptions, config: SacConfig, shards: IShards) =
    let agent = SacAgent.create shards config
    let batch = batch options
    let mutable state = SacState.create agent key options
    let mutable count = 0L

    /// Updates the state and synchronises the device.
    member _.Update() =
        let next =
            Tensors.scope SacState.owns (fun () ->
                withNoise options batch count |> Sac.update agent state |> fst)

        Libtorch.Synchronize options.Device
        state <- Tensors.replace SacState.owns state next
        count <- count + 1L
