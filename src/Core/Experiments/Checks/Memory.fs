/// How much memory an experiment takes, before anything is allocated.
///
/// An estimate from above, good to a factor of two: it is there to refuse sizes that cannot work.
module internal MtrlFunctional.Experiments.Memory

open System
open System.Globalization
open MtrlFunctional.Agents
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Bytes that one purpose takes.
type Part = {
    Name: string
    Bytes: float
    /// What is to be lowered to make it less.
    Keys: string list
    /// A word that does away with it.
    Without: string option
}

let private part name keys bytes = { Name = name; Bytes = bytes; Keys = keys; Without = None }

/// Of an environment that shares its model with others.
let private bytesPerSharedEnvironment = 1e6

/// Of an environment with a model of its own.
let private bytesPerEnvironment = 8e6

let private bytesPerNumber (e: Experiment) =
    match e.Setup.Precision with
    | ArithmeticPrecision.Fp64 -> 8.0
    | ArithmeticPrecision.Fp32
    | ArithmeticPrecision.Bf16 -> 4.0

/// Bytes of the trained parts of all members, with `vectors` of each, and `more` where it has a target network.
let trained e (agent: AgentDescription) vectors more =
    let ofPart (part: TrainedPart) =
        (if part.HasTarget then vectors + more else vectors) * TrainedPart.count part

    bytesPerNumber e * float agent.Members * List.sumBy ofPart agent.Parts

/// Parameters with their optimisers and target networks: values, two moments, a gradient, and the state before the update
/// beside the one after it.
let private networks e (agent: AgentDescription) =
    trained e agent 7.0 2.0
    |> part "networks" [ "agent.actor.hidden_dim"; "agent.actor.num_layers" ]

/// What is kept for the gradients of a row: the output of each layer and of its activation, and as much
/// again in flight.
let private activations (agent: AgentDescription) =
    4.0
    * (agent.Networks
       |> List.sumBy (fun (widths, spec) -> Network.activationsPerRow widths spec))

/// A row for the gradient of each task, of the largest part: by itself and among the others. Surgery
/// and the record of conflicts take them.
let private taskGradients (e: Experiment) (agent: AgentDescription) =
    let hasSurgery = e.Agent.Surgery.Method <> SurgeryWord.None
    let parts = agent.Parts |> List.filter _.HasTaskGradients

    let areShared =
        parts |> List.exists (fun part -> Sharing.sharedCount part.Layout > 0L)

    let areTaken =
        hasSurgery
        || areShared && NetworkTasks.haveGradients e && e.Schedule.ConflictsFreq > 0

    {
        Name = "gradients of tasks"
        Bytes =
            if areTaken then
                let row = parts |> List.map TrainedPart.countOfTask |> List.max
                bytesPerNumber e * 2.0 * float e.Environment.NumEnvs * row
            else
                0.0
        Keys = [ "agent.actor.hidden_dim" ]
        Without =
            Some(
                if hasSurgery then
                    "agent.surgery.method=none"
                else
                    "experiment.conflicts_freq=0"
            )
    }

/// Observation, action, reward, and what a batch holds beside them for the row.
let private rowSize (agent: AgentDescription) =
    float (agent.ObsSize + agent.ActionSize + 2)

/// Bytes of such a row.
let private rowBytes (e: Experiment) (environment: EnvironmentSpec) agent =
    match environment.Observation.Element with
    | ElementType.Float32 -> bytesPerNumber e * rowSize agent
    | ElementType.UInt8 ->
        bytesPerNumber e * (rowSize agent - float agent.ObsSize) + float agent.ObsSize

/// What learns from whole iterations.
let private onPolicy (e: Experiment) agent : Part list =
    let plan = SamplingPlan.ofExperiment 0L e
    let steps = float (plan.Tasks.Length * plan.Steps * SamplingPlan.rounds e)
    let copies = SamplingPlan.copies e.Environment.NumEnvs plan

    // Inner steps keep the records of their gradients. Evaluations adapt to as many goals as an iteration has.
    let passes, evaluated, key =
        if e.Agent.Algorithm.Adaptation.IsSome then
            3.0, copies + 1, "agent.maml.episodes_per_step"
        else
            1.0, 1, "agent.on_policy.batch_size"

    let lag = float (AlgorithmKeys.onPolicy e.Agent.Algorithm).Lag

    [
        // As sampled, as prepared, by rows; and what passes over all rows keep. With a lag, one more as sampled for each
        // update of it.
        bytesPerNumber e
        * steps
        * ((3.0 + lag) * rowSize agent + passes * activations agent)
        |> part "iteration" [ key; "agent.actor.hidden_dim" ]

        networks e agent
        taskGradients e agent

        bytesPerSharedEnvironment * float ((copies + evaluated) * e.Environment.NumEnvs)
        |> part "environments" [ key ]
    ]

/// Observations that a replay stores, in main memory or on a disk.
let stored (e: Experiment) environment =
    let bytesOfStep =
        match Observed.ownSpecs e with
        | [] -> float (EnvironmentSpec.storedBytes environment)
        | specs -> specs |> List.averageBy (EnvironmentSpec.storedBytes >> float)

    // Each episode stores one observation more than it has steps.
    bytesOfStep
    * float e.ReplayBuffer.Capacity
    * (1.0 + 2.0 / float environment.Horizon)

/// Assumed size of compressed images, as a share of their own: above the largest measured, 41 % (walker, random actions).
let private compressedShare = 0.5

/// The word that does away with a replay in memory.
let inFiles = $"{ReplayBuffer.backing}=file"

/// What learns from replay.
let private offPolicy (e: Experiment) environment agent : Part list = [
    let replay =
        match e.ReplayBuffer.Backing with
        | ReplayBacking.Auto
        | ReplayBacking.Memory -> stored e environment
        | ReplayBacking.File -> 0.0
        | ReplayBacking.Compressed -> compressedShare * stored e environment

    {
        part "replay buffer" [ "replay_buffer.capacity" ] replay with
            Without = Some inFiles
    }

    networks e agent

    // Rows now and next, as drawn and as split among threads.
    float e.ReplayBuffer.BatchSize
    * (4.0 * rowBytes e environment agent + bytesPerNumber e * activations agent)
    |> part "batch" [ "replay_buffer.batch_size"; "agent.actor.hidden_dim" ]

    taskGradients e agent

    // Two for each task: one to train in, one to evaluate in.
    2.0 * bytesPerEnvironment * float e.Environment.NumEnvs
    |> part "environments" [ "env.tasks" ]
]

/// One estimate for each purpose, with the keys that decide it, of an agent of these algorithms; none for an experiment
/// that is not available.
let estimate entries (e: Experiment) : Part list =
    match Observed.environment e, DescribedAgent.from entries e with
    | Some _, Some agent when Choices.isOnPolicy e.Choices -> onPolicy e agent
    | Some environment, Some agent -> offPolicy e environment agent
    | None, _
    | _, None -> []

/// "3.2 TB".
let size (bytes: float) =
    let x, unit =
        ((bytes, "B"), [ "kB"; "MB"; "GB"; "TB"; "PB"; "EB" ])
        ||> List.fold (fun (x, unit) larger -> if x < 1000.0 then x, unit else x / 1000.0, larger)

    let digits = if x < 10.0 && unit <> "B" then "0.0" else "0"
    x.ToString(digits, CultureInfo.InvariantCulture) + " " + unit

/// Bytes of a file of a replay, from the bytes of all records of a task: a 64th, between 4 KiB and 64 MiB.
[<CompiledName("BytesOfFile")>]
let bytesOfFile (records: int64) =
    Math.Clamp(records / 64L, 1L <<< 12, 1L <<< 26)
