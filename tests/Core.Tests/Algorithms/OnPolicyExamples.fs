/// Small on-policy agents, states and episodes for the tests, all from keys.
module internal MtrlFunctional.Tests.Algorithms.OnPolicyExamples

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Networks

let tasks, episodes, steps = 3, 2, 7

let private obs, actions = 5, 2

let layers activation output : Layers = {
    Hidden = [ 8; 6 ]
    Output = output
    Activation = activation
}

/// PPO for three tasks, corrected.
let plain: OnPolicyConfig =
    let garage =
        OnPolicyDefaults.garage tasks obs actions ([ 8; 6 ], [ 8; 6 ]) OnPolicyDefaults.clipped

    {
        garage with
            BootstrapTimeLimits = true
            PaddingInAdvantages = false
            Advantage = { garage.Advantage with ByStandardDeviation = true }
    }

/// σ of a Gaussian policy, changed.
let withStd (change: ActionStd -> ActionStd) (config: OnPolicyConfig) : OnPolicyConfig =
    match config.Actions with
    | PolicyKind.Gaussian std -> { config with Actions = PolicyKind.Gaussian(change std) }
    | PolicyKind.Categorical -> config

let stdPerTask = withStd (fun std -> { std with PerTask = true })

let withPolicy spec config : OnPolicyConfig = { config with Policy = spec }

let natural config : OnPolicyConfig = {
    config with
        Improve = TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion)
}

let valueOf (change: ValueNetwork -> ValueNetwork) (config: OnPolicyConfig) : OnPolicyConfig =
    match config.Value with
    | ValueNetwork network -> { config with Value = ValueNetwork(change network) }
    | LinearFeatures _ -> config

/// Everything of the modern form at once.
let modern: OnPolicyConfig =
    let short: MinibatchSettings = {
        OnPolicyDefaults.settings with
            Epochs = 2
            Minibatch = Some 12
            MaxNorm = Some 0.5
            FinalRate = 0.1
    }

    {
        plain with
            Improve = GradientSteps(ClippedRatio 0.2, short, Some 0.05)
            Target = LambdaReturns
            Entropy = InObjective(0.01, true)
            ObsScaling = Some { Columns = 4; Clip = 10.0; PerTask = false }
            RewardScaling = Some { PerTask = true; Clip = 10.0 }
            Advantage = {
                NormalisedOver = Some EachTaskOfMinibatch
                ByStandardDeviation = true
                Positive = false
            }
    }
    |> valueOf (fun network -> {
        network with
            Loss = SquaredError
            Training = short
            PopArt = Some { Step = 0.1 }
    })
    |> stdPerTask

/// The same, and observations of each task are scaled by themselves.
let scaledByTask: OnPolicyConfig = {
    modern with
        ObsScaling = Some { Columns = 4; Clip = 10.0; PerTask = true }
}

/// As `modern`, and the entropy of each task counts by itself.
let tuned: OnPolicyConfig = {
    modern with
        Entropy = Tuned { Start = 0.01; Target = -0.5; Rate = 0.1 }
}

/// The second task has actions of one number.
let padded config : OnPolicyConfig = { config with ActionSizes = [ 2; 1; 2 ] }

/// The policy chooses one of the actions.
let categorical (config: OnPolicyConfig) : OnPolicyConfig = {
    config with
        Actions = PolicyKind.Categorical
}

/// A memory of six units in policy and value function, over rows of all steps.
let recurrent: OnPolicyConfig =
    let memory = {
        Spec = Gru.layer { Units = 6; TimeConstant = 10.0 }
        IsShared = false
        Steps = steps
        Chunk = None
        Goal = None
    }

    { modern with Memory = Some memory }
    |> valueOf (fun network -> {
        network with
            Spec = Chain.layer [ "memory", memory.Spec; "", network.Spec ]
    })

/// Gradients of the policy go back through chunks of so many steps.
let inChunks length (config: OnPolicyConfig) : OnPolicyConfig = {
    config with
        Memory = config.Memory |> Option.map (fun memory -> { memory with Chunk = Some length })
}

/// Policy and value function infer the context of a trial and read it in networks of this kind: the policy's own, or that of the
/// policy in both.
let contextual isShared body : OnPolicyConfig =
    let encoder: TrialEncoder = {
        Memory = { Units = 6; TimeConstant = 10.0 }
        Encoding = { Hidden = [ 5 ]; Output = 3; Activation = Tanh }
        Observed = 2
    }

    let memory = {
        Spec = TrialContext.encoder encoder
        IsShared = isShared
        Steps = steps
        Chunk = None
        Goal = None
    }

    let reading output =
        TrialContext.reader encoder (body output)

    { modern with Memory = Some memory; Policy = reading actions }
    |> valueOf (fun network -> {
        network with
            Spec =
                if isShared then
                    reading 1
                else
                    Chain.layer [ "memory", memory.Spec; "", reading 1 ]
    })

let appended output =
    Chain.layer [ "context", AppendContext.layer; "trunk", Mlp.layer (layers Tanh output) ]

let contextuals: OnPolicyConfig list = [
    contextual false appended
    contextual true (layers Tanh >> FeatureFilm.layer)
    {
        contextual true (fun output ->
            FromContext.layer (Composed.layer { Sets = 3; Each = layers Tanh output })) with
            Lag = Some { Updates = 1; Bounds = { Rho = 1.0; C = 1.0 } }
    }
    contextual false (fun output ->
        Hypernetwork.layer { Target = layers Tanh output; HypernetworkHidden = [] })
]

/// The same with a goal in the second and third number of an observation, which the memory predicts from these of its outputs.
let withGoal first count (config: OnPolicyConfig) : OnPolicyConfig = {
    config with
        Memory =
            config.Memory
            |> Option.map (fun memory -> {
                memory with
                    Goal =
                        Some {
                            Observed = { First = 1; Count = 2 }
                            PredictedFrom = { First = first; Count = count }
                            Weight = 0.5
                        }
            })
}

/// Agents with a memory that predicts a goal: from its state, or from the context.
let predicting: OnPolicyConfig list = [
    withGoal 0 6 recurrent
    for config in List.take 2 contextuals do
        withGoal 6 3 config
]

/// Agents of every kind of step, policy, value function and network.
let agents: OnPolicyConfig list = [
    categorical modern
    categorical { tuned with Entropy = Tuned { Start = 0.01; Target = 0.3; Rate = 0.1 } }
    natural (categorical plain)
    plain
    natural plain
    modern
    scaledByTask
    tuned
    natural tuned
    padded scaledByTask
    padded tuned
    natural (padded plain)
    { padded modern with Entropy = InReward 0.1 }
    padded recurrent
    {
        scaledByTask with
            Lag = Some { Updates = 2; Bounds = { Rho = 1.0; C = 1.0 } }
    }
    { modern with Lag = Some { Updates = 2; Bounds = { Rho = 1.0; C = 1.0 } } }
    recurrent
    inChunks 1 recurrent
    yield! contextuals
    yield! predicting
    { recurrent with Lag = Some { Updates = 1; Bounds = { Rho = 1.0; C = 1.0 } } }
    { plain with Value = LinearFeatures 1e-5 }
    {
        plain with
            Improve =
                GradientSteps(
                    LogLikelihood,
                    { OnPolicyDefaults.settings with Minibatch = None },
                    None
                )
    }
    for spec in
        [
            Mlp.layer (layers Relu actions)
            PerTask.layer (layers Tanh actions)
            PerGroup.layer [ 0; 1; 0 ] (PerTask.layer (layers Tanh actions))
            Chain.layer [
                "trunk", Mlp.layer (layers Tanh 6)
                "heads", PerTask.layer { layers Relu actions with Hidden = [] }
            ]
            Projected.layer {
                Shared = { layers Relu actions with Hidden = [ 8; 8 ] }
                Rank = 3
                SharedProjections = true
                Residual = SumResidual
                Start = ZeroLastMap
            }
            TaskGates.network 2 6 actions
            Chain.layer [
                "module", OwnModules.trunk 6
                "head", PerTask.layer (Spec.layers 0 0 actions)
            ]
        ] do
        withPolicy spec plain
        natural (withPolicy spec plain)
]

let agent config =
    OnPolicyAgent.create (Shards.serial 1) config

let fresh config =
    OnPolicyState.create (agent config) (Key.ofSeed 5L) double

/// Coefficients of entropy that differ from task to task, where they learn.
let differing (state: OnPolicyState) = {
    state with
        EntropyCoefficient =
            state.EntropyCoefficient |> Array.mapi (fun task c -> c * float (1 + 2 * task))
}

/// Parameters away from their start, so that none is zero.
let moved (config: OnPolicyConfig) (state: OnPolicyState) =
    let shaken name (trained: AdamState) =
        let key = Key.forPurpose name (Key.ofSeed 8L)
        let noise = Draw.normal double key [| Tensor.count trained.Values |]
        AdamState.start (trained.Values .+ 0.1 *. noise)

    {
        differing state with
            Policy = shaken "policy" state.Policy
            Value = shaken "value" state.Value
    }

/// Episodes of the given lengths; zeros beyond them.
let sampled (lengths: int[]) seed : Episodes =
    let draw name shape =
        Draw.normal double (Key.forPurpose name (Key.ofSeed seed)) shape

    let head = [| int64 tasks; int64 episodes; int64 steps |]

    let blank: Episodes = {
        Obs = draw "obs" [| yield! head; int64 obs |]
        Action = draw "action" [| yield! head; int64 actions |]
        Reward = draw "reward" head
        LastObs = draw "last" [| int64 tasks; int64 episodes; int64 obs |]
        Lengths = lengths
        Terminal = lengths |> Array.mapi (fun e length -> length < steps && e % 2 = 0)
        // Every third row has two episodes.
        Restarts =
            lengths
            |> Array.mapi (fun e length -> if e % 3 = 0 && length > 2 then [| 2 |] else [||])
        Remembered = lengths |> Array.map (fun _ -> false)
    }

    let weight = Episodes.weight blank
    let wide = Tensor.unsqueeze 3 weight

    {
        blank with
            Obs = wide .* blank.Obs
            Action = wide .* blank.Action
            Reward = weight .* blank.Reward
    }

/// Their numbers in another order or of another type.
let mapped (change: Tensor -> Tensor) (episodes: Episodes) : Episodes = {
    episodes with
        Obs = change episodes.Obs
        Action = change episodes.Action
        Reward = change episodes.Reward
        LastObs = change episodes.LastObs
}

let whole = Array.create (tasks * episodes) steps

let ragged = [| 7; 3; 5; 7; 1; 6 |]

let iteration seed lengths : Iteration =
    sampled lengths seed |> Iteration.create (Key.ofSeed seed) 0.3

let numbers (state: OnPolicyState) =
    let tensors =
        OnPolicyState.owns state |> Seq.collect Tensor.toDoubles |> Seq.toArray

    Array.append tensors state.EntropyCoefficient

let update config state iteration =
    fst (OnPolicy.update (agent config) state iteration)

let internal prepare config state iteration =
    fst (Preparation.prepare (agent config) state iteration)
