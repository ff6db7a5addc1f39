/// Passes that the library makes in one call: plain layers are so small here that making and recording
/// tensors would take several times as long as the arithmetic.
///
/// Which networks and losses: `policy` and `value`. All others are recorded minibatch by minibatch
/// (`Descending`); both ways give the same but for rounding.
module Mtrl.Algorithms.SmallPasses

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.Minibatches
open Mtrl.Algorithms.Preparation

/// The rows of some minibatches among all [tasks · rows], one after the other.
type Visits = {
    Places: int64[]
    /// Where each minibatch begins among the places, and where the last one ends.
    Starts: int64[]
}

/// Without the rows that have no weight: the others of a minibatch weigh alike.
let visits (minibatches: Minibatch seq) : Visits =
    let places, starts = ResizeArray(), ResizeArray [ 0L ]

    for minibatch in minibatches do
        for i in 0 .. minibatch.Places.Length - 1 do
            if minibatch.Weight[i] > 0.0 then
                places.Add minibatch.Places[i]

        starts.Add(int64 places.Count)

    { Places = places.ToArray(); Starts = starts.ToArray() }

/// Layers and nothing else, whatever they are called.
let rec private (|Plain|_|) (spec: Spec) =
    match spec with
    | Mlp layers
    | Chain [ _, Plain layers ] -> Some layers
    | _ -> None

let private isSmall (layers: Layers) =
    layers.Hidden.Length < PassWork.MostLayers
    && layers.Output <= PassWork.MostOutputs

/// A small network, its loss and all rows.
type Small = {
    Inputs: int
    Layers: Layers
    Loss: PassLoss
    /// How many log σ lead the parameters.
    Spread: int
    /// How many gains and shifts end them.
    Tasks: int
    /// Of the clipping of a ratio, or of a value (0: none).
    Range: float
    /// Between these log σ lies.
    Limits: float * float
    /// Coefficient of the entropy.
    Entropy: float
    /// [tasks; rows; obs].
    Obs: Tensor
    /// Actions or returns.
    Target: Tensor
    /// log π or values before.
    Before: Tensor
    /// Of a policy, at each place.
    Advantage: Visits -> float32[]
}

/// What the library is told of a pass.
let work maxNorm visits (small: Small) : PassWork =
    let low, high = small.Limits

    PassWork(
        Inputs = int64 small.Inputs,
        Units = [| for units in small.Layers.Hidden @ [ small.Layers.Output ] -> int64 units |],
        IsTanh = (small.Layers.Activation = Tanh),
        Spread = small.Spread,
        Loss = small.Loss,
        Tasks = int64 small.Tasks,
        RowsOfTask = Ops.Size(small.Obs, 1),
        Range = small.Range,
        Low = low,
        High = high,
        Entropy = small.Entropy,
        MaxNorm = Option.defaultValue 0.0 maxNorm,
        Obs = small.Obs,
        Target = small.Target,
        Before = small.Before,
        Advantage = small.Advantage visits,
        Places = visits.Places,
        Starts = visits.Starts
    )

/// Advantages at places, centred within minibatches where the configuration says so.
let private advantages (shape: AdvantageShape) (all: float[]) rowsOfTask (visits: Visits) =
    let chosen = visits.Places |> Array.map (fun place -> all[int place])

    let centre first next =
        if next > first then
            let part = Array.sub chosen first (next - first)

            let centred =
                Advantages.centred shape.ByStandardDeviation [| 0 .. part.Length - 1 |] part

            Array.blit centred 0 chosen first part.Length

    let taskAt i = visits.Places[i] / rowsOfTask

    for k in 0 .. visits.Starts.Length - 2 do
        let first, next = int visits.Starts[k], int visits.Starts[k + 1]

        match shape.Centred with
        | Some EachMinibatch -> centre first next
        | Some EachTaskOfMinibatch ->
            let mutable start = first

            for i in first + 1 .. next do
                if i = next || taskAt i <> taskAt start then
                    centre start i
                    start <- i
        | Some WholeBatch
        | Some EachTask
        | None -> ()

    Array.map float32 chosen

/// For a policy of plain layers with one learned log σ for all tasks.
let policy (agent: OnPolicyAgent) kind (prepared: Prepared) : Small option =
    let config = agent.Config
    let spread = config.Spread

    let bonus =
        match config.Entropy with
        | NoBonus
        | InReward _ -> Some 0.0
        | InObjective(coefficient, true) when not config.SoftplusEntropy -> Some coefficient
        | InObjective _ -> None

    match config.Policy, bonus with
    | Plain layers, Some entropy when
        isSmall layers
        && config.Precision = Precision.Full
        && spread.Learned
        && not spread.PerTask
        && spread.Form = LogStd
        ->
        let loss, range =
            match kind with
            | LogLikelihood -> PassLoss.LogLikelihood, 0.0
            | Ratio -> PassLoss.Ratio, 0.0
            | ClippedRatio range -> PassLoss.ClippedRatio, range

        let limit otherwise bound =
            bound |> Option.map log |> Option.defaultValue otherwise

        let all = lazy (Ops.ToDoubles prepared.Advantage)
        let rows = Ops.Size(prepared.Weight, 1)

        Some {
            Inputs = config.ObsSize
            Layers = layers
            Loss = loss
            Spread = config.ActionSize
            Tasks = 0
            Range = range
            Limits = limit -infinity spread.MinStd, limit infinity spread.MaxStd
            Entropy = entropy
            Obs = Ops.Contiguous prepared.Obs
            Target = Ops.Contiguous prepared.Action
            Before = Ops.Contiguous prepared.LogProb
            Advantage = fun visits -> advantages config.Advantage (all.Force()) rows visits
        }
    | _ -> None

/// For a value function of plain layers; returns and values in units of its output.
let value
    (agent: OnPolicyAgent)
    (network: ValueNetwork)
    (before: Tensor)
    (target: Tensor)
    (prepared: Prepared)
    : Small option =
    match network.Spec with
    | Plain layers when isSmall layers && agent.Config.Precision = Precision.Full ->
        let loss, spread, range =
            match network.Loss with
            | GaussianLikelihood -> PassLoss.Gaussian, 1, 0.0
            | SquaredError limit -> PassLoss.Squared, 0, Option.defaultValue 0.0 limit

        Some {
            Inputs = agent.Config.ObsSize
            Layers = layers
            Loss = loss
            Spread = spread
            Tasks = if network.PopArt.IsSome then agent.Config.Tasks else 0
            Range = range
            Limits = -infinity, infinity
            Entropy = 0.0
            Obs = Ops.Contiguous prepared.Obs
            Target = Ops.Contiguous target
            Before = Ops.Contiguous before
            Advantage = fun _ -> [||]
        }
    | _ -> None
