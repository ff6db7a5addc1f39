/// How much memory an experiment takes, before anything is allocated.
///
/// An estimate from above, good to a factor of two: it is there to refuse sizes that cannot work.
module Mtrl.Experiments.Memory

open System
open System.Globalization

/// Bytes that one purpose takes.
type Part = {
    Name: string
    Bytes: float
    /// What is to be lowered to make it less.
    Keys: string list
    /// A word that does away with it.
    Without: string option
}

/// Of the task-balanced replay of Meta-World: 105 bytes a transition, rounded up.
let private bytesPerTransition = 120.0

/// Parameters of dense layers between widths.
let private dense widths =
    widths |> List.pairwise |> List.sumBy (fun (i, o) -> (i + 1.0) * o)

let private width (n: int) = float n

/// Of a world: a megabyte, rounded up.
let private bytesPerWorld = 1e6

/// What learns from whole iterations.
let private onPolicy (e: Experiment) : Part list =
    let plan = SamplingPlan.ofExperiment 0L e
    let steps = width (plan.Tasks.Length * plan.Steps)
    let obs = Observed.size e |> Option.defaultValue 0 |> width

    let layers =
        width (e.Agent.Actor.NumLayers * e.Agent.Actor.HiddenDim)
        + width (e.Agent.Critic.NumLayers * e.Agent.Critic.HiddenDim)

    [
        {
            // As sampled, as prepared, by rows; and what passes over all rows keep.
            Name = "iteration"
            Bytes = 4.0 * steps * (3.0 * (obs + 6.0) + 2.0 * layers)
            Keys = [ "agent.on_policy.batch_size"; "agent.actor.hidden_dim" ]
            Without = None
        }
        {
            Name = "environments"
            Bytes = bytesPerWorld * width ((plan.Episodes + 1) * e.Environment.NumEnvs)
            Keys = [ "agent.on_policy.batch_size" ]
            Without = None
        }
    ]

let private offPolicy (e: Experiment) : Part list =
    let agent = e.Agent
    let obs = Observed.size e |> Option.defaultValue 0 |> width
    let actions = 4.0
    let hidden = width agent.Actor.HiddenDim
    let rows = width e.ReplayBuffer.BatchSize

    let number =
        match e.Setup.Precision with
        | Precision.Fp64 -> 8.0
        | Precision.Fp32
        | Precision.Bf16 -> 4.0

    let context =
        if agent.Multitask.UseTaskEncoder then
            width agent.Multitask.TaskEncoder.OutputDim
        else
            0.0

    let encoding copies (layers: FeedForwardEncoder) =
        let inner = List.replicate layers.NumLayers (width layers.HiddenDim)
        let sizes = obs :: inner @ [ width layers.FeatureDim ]
        width layers.FeatureDim, copies * dense sizes, copies * width layers.HiddenDim

    let features, encoder, encoderKept =
        match agent.Encoder.Kind with
        | EncoderKind.FeedForward when agent.Multitask.Model = TaskModel.Separate ->
            encoding (width e.Environment.NumEnvs) agent.Encoder.FeedForward
        | EncoderKind.FeedForward -> encoding 1.0 agent.Encoder.FeedForward
        | EncoderKind.Film -> encoding 1.0 agent.Encoder.Film
        | EncoderKind.MixtureOfExperts ->
            encoding (width agent.Encoder.Mixture.NumExperts) agent.Encoder.Mixture.Expert
        | _ -> obs, 0.0, 0.0

    let multitask = agent.Multitask
    let count = width e.Environment.NumEnvs

    /// Numbers of a model, those of single tasks included, for `count` tasks.
    let stack count layers hidden first last =
        let shared = dense (first :: List.replicate layers hidden @ [ last ])

        let body =
            dense (first :: List.replicate layers hidden) + count * dense [ hidden; last ]

        let rank = width multitask.Projected.PalDim

        match multitask.Model with
        // The sets, and the parameters of each task made of them.
        | TaskModel.Composed -> (width multitask.ParameterSets + count) * shared
        | TaskModel.Hypernetwork -> (1.0 + width multitask.Maker.HiddenDim + count) * shared
        | TaskModel.Orthogonal -> width multitask.OrthogonalExperts * body
        | TaskModel.Separate -> count * shared
        | TaskModel.ByFlags when multitask.MultiHead && multitask.Disjoint -> count * shared
        | TaskModel.ByFlags when multitask.MultiHead ->
            shared + count * dense [ hidden; hidden; last ]
        | TaskModel.ByFlags when multitask.UseProjected ->
            shared
            + width (layers + 1)
              * (2.0 * rank * max first hidden + count * (rank + 1.0) * max rank last)
        | TaskModel.ByFlags when multitask.Actor.SoftModularization ->
            width multitask.Actor.SoftModularizationExperts * dense [ first; hidden; last ]
        | TaskModel.ByFlags -> shared

    let actorOf count =
        stack count agent.Actor.NumLayers hidden (features + context) (2.0 * actions)

    let criticOf count =
        stack
            count
            agent.Critic.NumLayers
            (width agent.Critic.HiddenDim)
            (features + context + actions)
            1.0

    let actor, critic = actorOf count, criticOf count

    let tasks =
        let t = agent.Multitask.TaskEncoder
        width t.NumEmbeddings * width t.EmbeddingDim

    // Values, two moments, a gradient, and the state before the update beside the one after it.
    let trained = 7.0 * (actor + 2.0 * critic + encoder + tasks)
    let targets = 2.0 * (2.0 * critic + encoder)

    // What is kept for the gradients: the outputs of each layer and of its activation, of actor and
    // both critics, and as much again in flight.
    let kept =
        4.0 * encoderKept
        + 4.0
          * (width agent.Actor.NumLayers * hidden
             + 2.0 * width agent.Critic.NumLayers * width agent.Critic.HiddenDim)

    // Surgery and the record of conflicts take them.
    let hasSurgery = agent.Surgery.Method <> SurgeryMethod.None

    let hasTaskGradients =
        hasSurgery
        || (e.Choices.Agent.Family = Family.Sac
            && e.Environment.NumEnvs > 1
            && e.Schedule.ConflictsFreq > 0
            && agent.Multitask.Model <> TaskModel.Separate)

    // A row of each task's gradient, of the larger of the two parts; by itself and among the others.
    let taskGradients =
        if hasTaskGradients then
            2.0 * count * max (actorOf 1.0) (2.0 * criticOf 1.0 + encoder)
        else
            0.0

    [
        {
            Name = "replay buffer"
            Bytes = bytesPerTransition * width e.ReplayBuffer.Capacity
            Keys = [ "replay_buffer.capacity" ]
            Without = None
        }
        {
            Name = "networks"
            Bytes = number * (trained + targets)
            Keys = [ "agent.actor.hidden_dim"; "agent.actor.num_layers" ]
            Without = None
        }
        {
            Name = "batch"
            Bytes = number * rows * (4.0 * obs + 4.0 * actions + 4.0 + kept)
            Keys = [ "replay_buffer.batch_size"; "agent.actor.hidden_dim" ]
            Without = None
        }
        {
            Name = "gradients of tasks"
            Bytes = number * taskGradients
            Keys = [ "agent.actor.hidden_dim" ]
            Without =
                Some(
                    if hasSurgery then
                        "agent.surgery.method=none"
                    else
                        "experiment.conflicts_freq=0"
                )
        }
        {
            // Two worlds for each task: one to train in, one to evaluate in.
            Name = "environments"
            Bytes = 2.0 * 8e6 * width e.Environment.NumEnvs
            Keys = [ "env.tasks" ]
            Without = None
        }
    ]

/// One estimate for each purpose, largest keys named.
[<CompiledName("Estimate")>]
let estimate (e: Experiment) : Part list =
    if Choices.isOnPolicy e.Choices then
        onPolicy e
    else
        offPolicy e

/// "3.2 TB".
[<CompiledName("Size")>]
let size (bytes: float) =
    let units = [ "B"; "kB"; "MB"; "GB"; "TB"; "PB"; "EB" ]

    let rec scale (x: float) =
        function
        | [ unit ] -> x, unit
        | unit :: _ when x < 1000.0 -> x, unit
        | _ :: larger -> scale (x / 1000.0) larger
        | [] -> x, ""

    let x, unit = scale bytes units
    let digits = if x < 10.0 && unit <> "B" then "0.0" else "0"
    x.ToString(digits, CultureInfo.InvariantCulture) + " " + unit

/// Why an experiment cannot start in `available` bytes, if it cannot.
[<CompiledName("Refusal")>]
let refusal (available: int64) (e: Experiment) : string option =
    let parts = estimate e
    let needed = parts |> List.sumBy _.Bytes
    let largest = parts |> List.maxBy _.Bytes

    if needed <= float available then
        None
    else
        let keys = String.Join(" or ", largest.Keys)

        let without =
            largest.Without
            |> Option.map (fun word -> $", or say {word}")
            |> Option.defaultValue ""

        Some
            $"needs {size needed} of memory, {size (float available)} are free. \
The {largest.Name} takes {size largest.Bytes}: lower {keys}{without}."
