/// Passes that the library makes in one call: layers are so small here that making and recording
/// tensors would take several times as long as the arithmetic.
///
/// Which networks and losses: `policy` and `value`. All others are recorded minibatch by minibatch
/// (`Descending`); both ways give the same but for rounding.
module internal Mtrl.Algorithms.SmallPasses

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

/// What a layer ends with.
let private ending activation =
    match activation with
    | Relu -> PassActivation.Relu
    | Tanh -> PassActivation.Tanh

/// The last layer before the first, extended by a part of a network; none where the part is no dense
/// layer, or nothing that may follow one.
let rec private extend (spec: Spec) (layers: PassLayer list) =
    let dense perTask (stack: Layers) =
        let hidden = [
            for units in stack.Hidden -> PassLayer(units, perTask, false, ending stack.Activation)
        ]

        let last = PassLayer(stack.Output, perTask, false, PassActivation.Linear)
        Some(last :: List.rev hidden @ layers)

    match spec, layers with
    | Mlp stack, _ -> dense false stack
    | PerTask stack, _ -> dense true stack
    | Chain parts, _ ->
        (Some layers, parts)
        ||> List.fold (fun layers (_, part) -> Option.bind (extend part) layers)
    | Normalise, last :: before when not last.Normalised && last.Activation = PassActivation.Linear ->
        Some(PassLayer(last.Units, last.PerTask, true, last.Activation) :: before)
    | Activate activation, last :: before when last.Activation = PassActivation.Linear ->
        Some(
            PassLayer(last.Units, last.PerTask, last.Normalised, ending activation)
            :: before
        )
    | _ -> None

/// Few dense layers and nothing else, whatever they are called; they end without an activation.
let private (|Small|_|) (spec: Spec) =
    match extend spec [] with
    | Some(last :: _ as layers) when
        layers.Length <= PassWork.MostLayers
        && last.Units <= PassWork.MostOutputs
        && last.Activation = PassActivation.Linear
        && not last.Normalised
        ->
        Some(List.toArray (List.rev layers))
    | _ -> None

/// A small network, its loss and all rows.
type Small = {
    Inputs: int
    Layers: PassLayer[]
    Loss: PassLoss
    /// How many log σ lead the parameters.
    Spread: int
    /// Whether a gain and a shift of each task end them.
    IsScaled: bool
    /// Of the clipping of a ratio, or of a value (0: none).
    Range: float
    /// Between these log σ lies.
    Limits: float * float
    /// Coefficient of the entropy of each task's rows; none of a value function.
    Entropy: float[]
    /// [tasks; rows; obs].
    Obs: Tensor
    /// Actions or returns.
    Target: Tensor
    /// log π or values before.
    Before: Tensor
    /// Of a policy, at each place.
    Advantage: Visits -> float32[]
}

/// What the library is told, with the advantages at all places.
let private told maxNorm advantage visits (small: Small) : PassWork =
    let low, high = small.Limits

    PassWork(
        Inputs = int64 small.Inputs,
        Layers = small.Layers,
        Spread = small.Spread,
        Loss = small.Loss,
        IsScaled = small.IsScaled,
        Tasks = Ops.Size(small.Obs, 0),
        RowsOfTask = Ops.Size(small.Obs, 1),
        Range = small.Range,
        Low = low,
        High = high,
        Entropy = small.Entropy,
        MaxNorm = Option.defaultValue 0.0 maxNorm,
        Obs = small.Obs,
        Target = small.Target,
        Before = small.Before,
        Advantage = advantage,
        Places = visits.Places,
        Starts = visits.Starts
    )

/// What the library is told of a pass.
let work maxNorm visits (small: Small) =
    told maxNorm (small.Advantage visits) visits small

/// What it is told of a minibatch whose tasks' gradients are sought: a minibatch for each task.
let apart tasks (small: Small) (minibatch: Minibatch) =
    let together = visits [ minibatch ]

    let counts =
        minibatch.Weight
        |> Array.chunkBySize (minibatch.Weight.Length / tasks)
        |> Array.map (Seq.filter (fun weight -> weight > 0.0) >> Seq.length >> int64)

    told None (small.Advantage together) { together with Starts = Array.scan (+) 0L counts } small

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

/// For a policy of dense layers with learned log σ.
let policy (agent: OnPolicyAgent) kind (prepared: Prepared) : Small option =
    let config = agent.Config
    let spread = config.Spread

    let isPlain =
        match config.Entropy with
        | NoBonus
        | InReward _ -> true
        | InObjective(HasGradient = false) -> false
        | InObjective _
        | Tuned _ -> not config.SoftplusEntropy

    match config.Policy with
    | Small layers when
        isPlain
        && config.Precision = Precision.Full
        && spread.Learned
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
            Spread =
                if spread.PerTask then
                    config.Tasks * config.ActionSize
                else
                    config.ActionSize
            IsScaled = false
            Range = range
            Limits = limit -infinity spread.MinStd, limit infinity spread.MaxStd
            Entropy = prepared.EntropyCoefficient
            Obs = Ops.Contiguous prepared.Obs
            Target = Ops.Contiguous prepared.Action
            Before = Ops.Contiguous prepared.LogProb
            Advantage = fun visits -> advantages config.Advantage (all.Force()) rows visits
        }
    | _ -> None

/// For a value function of dense layers; returns and values in units of its output.
let value
    (agent: OnPolicyAgent)
    (network: ValueNetwork)
    (before: Tensor)
    (target: Tensor)
    (prepared: Prepared)
    : Small option =
    match network.Spec with
    | Small layers when agent.Config.Precision = Precision.Full ->
        let loss, spread, range =
            match network.Loss with
            | GaussianLikelihood -> PassLoss.Gaussian, 1, 0.0
            | SquaredError limit -> PassLoss.Squared, 0, Option.defaultValue 0.0 limit

        Some {
            Inputs = agent.Config.ObsSize
            Layers = layers
            Loss = loss
            Spread = spread
            IsScaled = network.PopArt.IsSome
            Range = range
            Limits = -infinity, infinity
            Entropy = [||]
            Obs = Ops.Contiguous prepared.Obs
            Target = Ops.Contiguous target
            Before = Ops.Contiguous before
            Advantage = fun _ -> [||]
        }
    | _ -> None
