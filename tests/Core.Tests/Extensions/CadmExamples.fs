/// Points that are pushed: s' = s + g a with a gain g that no observation shows, and reward −s².
module MtrlFunctional.Tests.Extensions.CadmExamples

open MtrlFunctional.Algorithms
open MtrlFunctional.Cadm
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

let config: CadmConfig = {
    Settings = {
        History = 5
        Future = 3
        Context = 4
        Layers = 2
        Units = 24
        BackwardWeight = 0.5
        LearningRate = 3e-3
    }
    StateSize = 1
    Actions = ActionSpace.Box 1
    Terminates = false
}

/// The model with changed settings.
let withSettings (change: ModelSettings -> ModelSettings) (config: CadmConfig) = {
    config with
        Settings = change config.Settings
}

let plan: PlanSettings = {
    Candidates = 60
    Horizon = 5
    Iterations = 4
    Elites = 8
    Smoothing = 0.1
    Discount = 0.95
}

let agentOf config =
    CadmAgent.create (Shards.serial 1) config

let agent = agentOf config

let start options (agent: CadmAgent) =
    CadmState.create agent (Key.ofSeed 5L) options

/// The gain of an episode, from −2 to 2.
let gain key =
    4.0 * Key.uniform (Key.forPurpose "gain" key) - 2.0

/// The observation after `steps` steps of an episode: frames, the newest first.
let observation (config: CadmConfig) (steps: int) key =
    let g = gain key

    let action t =
        2.0 * Key.uniform (Key.at (int64 t) key) - 1.0

    let states =
        [| 1..steps |]
        |> Array.scan (fun s t -> s + g * action t) (Key.uniform (Key.forPurpose "start" key))

    [|
        for age in 0 .. (CadmConfig.history config.Settings).Steps do
            match max 0 (steps - age) with
            | 0 -> yield! [| states[0]; 0.0; 0.0; 1.0 |]
            | t -> yield! [| states[t]; action t; -(states[t - 1] ** 2.0); 0.0 |]
    |]

/// Rows of episodes that have had 1 to 12 steps.
let batch options (config: CadmConfig) rows (key: Key) : Batch =
    let keys = [| for i in 0 .. rows - 1 -> Key.at (int64 i) key |]

    let next =
        keys
        |> Array.collect (fun key ->
            observation config (1 + Key.below 12 (Key.forPurpose "steps" key)) key)

    let tensor (numbers: float[]) shape =
        TensorOptions.fromDoubles options numbers shape

    let zeros size =
        tensor (Array.zeroCreate (rows * size)) [| 1L; int64 rows; int64 size |]

    let flat value =
        tensor (Array.create rows value) [| 1L; int64 rows |]

    let obs = tensor next [| 1L; int64 rows; int64 (CadmConfig.obsSize config) |]

    {
        Obs = obs
        Action = zeros 1
        Reward = flat 0.0
        NextObs = obs
        Terminal = flat 0.0
        Weight = flat 1.0
        Noise = zeros 1
        NextNoise = zeros 1
        Draws = Map.empty
        Step = 0L
    }

let numbers state =
    CadmState.owns state |> Seq.map Tensor.toDoubles |> Array.concat

let train options agent count =
    (start options agent, [ 1..count ])
    ||> List.fold (fun state k ->
        batch options agent.Config 64 (Key.at (int64 k) (Key.ofSeed 1L))
        |> Cadm.update agent state
        |> fst)

/// The steps of the batch.
let stepsOf config (batch: Batch) =
    Steps.ofObservations config batch.NextObs

/// The loss of a batch, and its gradient in the layout of the agent.
let lossAndGradient (agent: CadmAgent) (state: CadmState) batch =
    let view = CadmModel.view agent state
    let view = { view with Weights = Gradient.leaves view.Weights }
    let window = CadmLosses.windowOf agent.Config (Batch.normalise batch)

    let loss =
        CadmLosses.losses agent view (Tensor.sum window.Weight) window
        |> CadmLosses.total agent.Config

    let gradient, _ = Gradient.flat agent.Layout view.Weights [] loss
    Tensor.detach loss, gradient
