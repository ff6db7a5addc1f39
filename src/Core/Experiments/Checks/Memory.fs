/// How much memory an experiment takes, before anything is allocated.
///
/// An estimate from above, good to a factor of two: it is there to refuse sizes that cannot work.
module MtrlFunctional.Experiments.Memory

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
let private trained e (agent: AgentDescription) vectors more =
    let ofPart (part: TrainedPart) =
        (if part.HasTarget then vectors + more else vectors) * TrainedPart.count part

    bytesPerNumber e * float agent.Members * List.sumBy ofPart agent.Parts

/// Parameters with their optimisers and target networks: values, two moments, a gradient, and the state before the update
/// beside the one after it.
let private networks e (agent: AgentDescription) = {
    Name = "networks"
    Bytes = trained e agent 7.0 2.0
    Keys = [ "agent.actor.hidden_dim"; "agent.actor.num_layers" ]
    Without = None
}

/// What is kept for the gradients of a row: the output of each layer and of its activation, and as much
/// again in flight.
let private activations (agent: AgentDescription) =
    4.0
    * (agent.Networks
       |> List.sumBy (fun (widths, spec) -> Activations.perRow widths spec))

/// A row for the gradient of each task, of the largest part: by itself and among the others. Surgery
/// and the record of conflicts take them.
let private taskGradients (e: Experiment) (agent: AgentDescription) =
    let hasSurgery = e.Agent.Surgery.Method <> SurgeryMethod.None
    let parts = agent.Parts |> List.filter _.HasTaskGradients

    let areShared =
        e.Choices.Agent.Family.HasTaskGradients
        && parts |> List.exists (fun part -> Sharing.sharedCount part.Layout > 0L)

    let areTaken =
        hasSurgery
        || areShared && e.Environment.NumEnvs > 1 && e.Schedule.ConflictsFreq > 0

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
        match e.Agent.Algorithm with
        | AlgorithmKeys.Maml _ -> 3.0, copies + 1, "agent.maml.episodes_per_step"
        | _ -> 1.0, 1, "agent.on_policy.batch_size"

    let lag = float (AlgorithmKeys.onPolicy e.Agent.Algorithm).Lag

    [
        {
            // As sampled, as prepared, by rows; and what passes over all rows keep. With a lag, one more as sampled for each
            // update of it.
            Name = "iteration"
            Bytes =
                bytesPerNumber e
                * steps
                * ((3.0 + lag) * rowSize agent + passes * activations agent)
            Keys = [ key; "agent.actor.hidden_dim" ]
            Without = None
        }
        networks e agent
        taskGradients e agent
        {
            Name = "environments"
            Bytes = bytesPerSharedEnvironment * float ((copies + evaluated) * e.Environment.NumEnvs)
            Keys = [ key ]
            Without = None
        }
    ]

/// Observations that a replay stores, in main memory or on a disk.
let private stored (e: Experiment) environment =
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
let private inFiles = $"{ReplayBuffer.backing}=file"

/// What learns from replay.
let private offPolicy (e: Experiment) environment agent : Part list = [
    {
        Name = "replay buffer"
        Bytes =
            match e.ReplayBuffer.Backing with
            | ReplayBacking.Auto
            | ReplayBacking.Memory -> stored e environment
            | ReplayBacking.File -> 0.0
            | ReplayBacking.Compressed -> compressedShare * stored e environment
        Keys = [ "replay_buffer.capacity" ]
        Without = Some inFiles
    }
    networks e agent
    {
        // Rows now and next, as drawn and as split among threads.
        Name = "batch"
        Bytes =
            float e.ReplayBuffer.BatchSize
            * (4.0 * rowBytes e environment agent + bytesPerNumber e * activations agent)
        Keys = [ "replay_buffer.batch_size"; "agent.actor.hidden_dim" ]
        Without = None
    }
    taskGradients e agent
    {
        // Two for each task: one to train in, one to evaluate in.
        Name = "environments"
        Bytes = 2.0 * bytesPerEnvironment * float e.Environment.NumEnvs
        Keys = [ "env.tasks" ]
        Without = None
    }
]

/// One estimate for each purpose, with the keys that decide it; none for an experiment that is not
/// available.
[<CompiledName("Estimate")>]
let estimate (e: Experiment) : Part list =
    match Observed.environment e, DescribedAgent.from Catalogue.standard e with
    | Some _, Some agent when Choices.isOnPolicy e.Choices -> onPolicy e agent
    | Some environment, Some agent -> offPolicy e environment agent
    | None, _
    | _, None -> []

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

/// Bytes of a file of a replay on a disk, from those of all records of a task: a 64th, between 1 MiB and 64 MiB.
[<CompiledName("BytesOfFile")>]
let internal bytesOfFile (records: int64) =
    Math.Clamp(records / 64L, 1L <<< 20, 1L <<< 26)

/// Bytes of the disk that a run takes.
type private DiskUse = {
    /// Of a replay in files, which checkpoints link: all slots, and two files more for each task. Of one in memory: its
    /// transitions, which checkpoints share.
    Replay: float
    /// Of transitions that it has overwritten and a checkpoint still holds.
    Overwritten: float
    /// Networks, and transitions after the last whole file, in all checkpoints that are there at once.
    Beside: float
    /// Of all that, what stays when the run is finished.
    Kept: float
}

let private peak disk =
    disk.Replay + disk.Overwritten + disk.Beside

/// Bytes of the networks in a checkpoint: values, two moments, and target networks.
let private savedNetworks (e: Experiment) =
    match DescribedAgent.from Catalogue.standard e with
    | Some agent -> trained e agent 3.0 1.0
    | None -> 0.0

/// The most checkpoints that are there at once: one more than stay, while it is saved.
let private checkpointsAtOnce (e: Experiment) =
    let saves = 2.0 + float (e.Schedule.NumTrainSteps / e.Schedule.SaveFreq)

    match e.Schedule.RetainCheckpoints with
    | Retain.All -> saves
    | Retain.Last count -> min saves (float (max 1 count) + 1.0)

let private onDisk (e: Experiment) environment =
    let records, tasks = stored e environment, float e.Environment.NumEnvs
    let capacity = float e.ReplayBuffer.Capacity
    let file = min (records / tasks) (float (bytesOfFile (int64 (records / tasks))))
    let transitions (steps: int64) = float steps * tasks
    let all = transitions (int64 e.Schedule.NumTrainSteps)
    let overwritten = max 0.0 (all - capacity)

    let checkpoints = checkpointsAtOnce e

    let held =
        match e.Schedule.RetainCheckpoints with
        | Retain.All -> overwritten
        | Retain.Last count ->
            min overwritten (transitions ((int64 (max 1 count) + 1L) * int64 e.Schedule.SaveFreq))

    let ofNetworks = checkpoints * savedNetworks e
    let isFile = e.ReplayBuffer.Backing.IsFile
    let files = if isFile then records + 2.0 * tasks * file else 0.0

    if e.Schedule.SaveBuffer then
        let overwritten = records * held / capacity
        let whole = records * min 1.0 (all / capacity)

        // Segments of a replay in memory end with its newest transition.
        let loose =
            if isFile then
                min (checkpoints * tasks * file) (records * all / capacity)
            else
                0.0

        {
            Replay = if isFile then files else whole
            Overwritten = overwritten
            Beside = ofNetworks + loose
            Kept = whole + overwritten + ofNetworks + loose
        }
    else
        { Replay = files; Overwritten = 0.0; Beside = ofNetworks; Kept = ofNetworks }

/// Of a run that learns from whole iterations.
let private onDiskOfNetworks e =
    let networks = checkpointsAtOnce e * savedNetworks e

    { Replay = 0.0; Overwritten = 0.0; Beside = networks; Kept = networks }

/// A run that is to be trained.
type RunOnDisk = {
    Experiment: Experiment
    /// Bytes that its checkpoints take already.
    Saved: int64
}

/// Bytes that runs, trained one after the other, take of the free ones of a disk: while each is trained, it and what those
/// before it leave.
let private takenBy (runs: (DiskUse * int64) list) =
    let after left (disk, saved) =
        let kept = left + max 0.0 (disk.Kept - float saved)
        kept + peak disk - disk.Kept, kept

    runs |> List.mapFold after 0.0 |> fst |> List.max

/// What takes the space, and what is to be changed: of a replay in files, and of checkpoints alone.
let private takers (e: Experiment) disk severalRuns =
    let setting words =
        words |> List.map (fun word -> $", or set {word}") |> String.concat ""

    let withoutReplay = "experiment.save.buffer.should_save=False"

    if e.ReplayBuffer.Backing.IsFile then
        let ofCheckpoints =
            if disk.Overwritten > 0.0 then
                $"hold {size disk.Overwritten} that it has overwritten, and {size disk.Beside} more"
            else
                $"hold {size disk.Beside} more"

        $"the replay takes {size disk.Replay}, and checkpoints {ofCheckpoints}",
        "replay_buffer.capacity",
        setting [
            if e.Schedule.SaveBuffer && (severalRuns || disk.Overwritten > 0.0) then
                withoutReplay
        ]
    else
        let ofReplay = disk.Replay + disk.Overwritten

        let share =
            if ofReplay > 0.0 then
                $", {size ofReplay} of it for the replay"
            else
                ""

        $"checkpoints take {size (peak disk)}{share}",
        (if ofReplay > disk.Beside then
             "replay_buffer.capacity"
         else
             "agent.actor.hidden_dim"),
        setting [
            if ofReplay > 0.0 then
                withoutReplay
            if e.Schedule.RetainCheckpoints <> Retain.Last 1 then
                "experiment.save.model.retain_last_n=1"
        ]
        + ", or choose another folder with setup.base_path"

/// Why the checkpoints of runs that are trained one after the other, and their replays in files, do not fit on a disk with
/// `free` bytes, if they do not.
[<CompiledName("DiskRefusal")>]
let diskRefusal (free: int64) (runs: RunOnDisk seq) : string option =
    let needs = [
        for { Experiment = e; Saved = saved } in runs do
            match Observed.environment e with
            | Some _ when Choices.isOnPolicy e.Choices -> e, onDiskOfNetworks e, saved
            | Some environment -> e, onDisk e environment, saved
            | None -> ()
    ]

    let uses = needs |> List.map (fun (_, disk, saved) -> disk, saved)

    if uses.IsEmpty || takenBy uses <= float free then
        None
    else
        let e, disk, _ = needs |> List.maxBy (fun (_, disk, _) -> peak disk)

        let areSeeds =
            needs |> List.distinctBy (fun (e, _, _) -> e.Setup.SaveDir) |> List.length = 1

        let areAlike = uses |> List.distinctBy (fst >> peak) |> List.length = 1
        let what = if areSeeds then "seeds" else "runs"

        let ofRuns, fewer =
            match uses.Length, areAlike with
            | 1, _ -> "", ""
            | count, true ->
                $", for each of {count} {what}: {size (takenBy uses)} in all",
                $" or train fewer {what}"
            | count, false ->
                $", for the largest of {count} {what}, which take {size (takenBy uses)} in all",
                $" or train fewer {what}"

        let taken, key, otherwise = takers e disk (uses.Length > 1)
        let available = $"the disk of the run folder has {size (float free)}"

        Some $"{taken}{ofRuns}; {available}. Lower {key}{fewer}{otherwise}."

/// Why a checkpoint cannot be written where files have at most `limit` bytes, if it cannot.
[<CompiledName("FileRefusal")>]
let fileRefusal (limit: int64) (e: Experiment) : string option =
    let bytes = savedNetworks e

    if bytes <= float limit then
        None
    else
        Some
            $"a checkpoint has a file of {size bytes}, and files have at most {size (float limit)} here (ulimit -f). \
Raise that limit, or lower agent.actor.hidden_dim."

/// Of one that has not been started.
let private newDiskRefusal free e =
    diskRefusal free [ { Experiment = e; Saved = 0L } ]

/// The same experiment with another place of its replay.
let private backedBy backing (e: Experiment) : Experiment =
    let replay: ReplayBuffer = { e.ReplayBuffer with Backing = backing }
    { e with Experiment.ReplayBuffer = replay }

/// Whether a run fits with its replay in files.
let private fitsWithFile available disk (e: Experiment) =
    let inFile = backedBy ReplayBacking.File e

    List.sumBy _.Bytes (estimate inFile) <= float available
    && (newDiskRefusal disk inFile).IsNone

/// Why an experiment cannot start in `available` bytes of memory, if it cannot. A replay in files is named as a remedy where
/// `disk` bytes on the disk of the run folder suffice for it.
[<CompiledName("Refusal")>]
let refusal (available: int64) (disk: int64) (e: Experiment) : string option =
    let parts = estimate e
    let needed = parts |> List.sumBy _.Bytes

    if needed <= float available then
        None
    else
        let largest = parts |> List.maxBy _.Bytes
        let keys = String.Join(" or ", largest.Keys)

        let without =
            largest.Without
            |> Option.filter (fun word -> word <> inFiles || fitsWithFile available disk e)
            |> Option.map (fun word -> $", or set {word}")
            |> Option.defaultValue ""

        Some
            $"needs {size needed} of memory, {size (float available)} are free. \
The {largest.Name} takes {size largest.Bytes}: lower {keys}{without}."

/// The place of a replay that was left open.
type Decision = {
    /// With a place; in memory where the replay fits nowhere, which `refusal` then refuses.
    Experiment: Experiment
    /// For the console: the place, and why; none where the place was not open, or is that of all replays of states.
    Notice: string option
    /// Why a replay in files is no remedy, if memory is too small and the disk as well.
    WithoutFile: string option
}

/// Where the replay of an experiment lies, with `memory` bytes free and `disk` bytes on the disk of the run folder:
/// in memory where that suffices for the whole experiment, else in a file.
[<CompiledName("Decide")>]
let decide (memory: int64) (disk: int64) (e: Experiment) : Decision =
    let inMemory, inFile =
        backedBy ReplayBacking.Memory e, backedBy ReplayBacking.File e

    let decided experiment notice = { Experiment = experiment; Notice = notice; WithoutFile = None }

    match e.ReplayBuffer.Backing, Observed.environment e with
    | ReplayBacking.Auto, Some environment when not (Choices.isOnPolicy e.Choices) ->
        let replay = size (stored e environment)
        let needed = size (estimate inMemory |> List.sumBy _.Bytes)
        let free = size (float memory)

        match refusal memory disk inMemory, newDiskRefusal disk inFile with
        | None, _ when not (Observed.isImages e) -> decided inMemory None
        | None, _ ->
            decided
                inMemory
                (Some
                    $"{ReplayBuffer.backing}=memory: the run needs {needed} of memory, {replay} of it for the replay, and {free} are free.")
        | Some _, None ->
            let taken = onDisk e environment

            decided
                inFile
                (Some
                    $"{ReplayBuffer.backing}=file: the run would need {needed} of memory, and {free} are free. The replay takes {size (taken.Replay + taken.Overwritten)} of the disk's {size (float disk)}.")
        | Some _, Some disk -> { decided inMemory None with WithoutFile = Some disk }
    | ReplayBacking.Auto, _ -> decided inMemory None
    | _ -> decided e None
