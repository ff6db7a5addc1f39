/// How much of a disk runs take: replays in files, and checkpoints.
module internal MtrlFunctional.Experiments.Disk

open MtrlFunctional.Agents
open MtrlFunctional.Spaces

/// Bytes of the disk that a run takes.
type DiskUse = {
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
let private savedNetworks entries (e: Experiment) =
    match DescribedAgent.from entries e with
    | Some agent -> Memory.trained e agent 3.0 1.0
    | None -> 0.0

/// The most checkpoints that are there at once: one more than stay, while it is saved.
let private checkpointsAtOnce (e: Experiment) =
    let saves = 2.0 + float (e.Schedule.NumTrainSteps / e.Schedule.SaveFreq)

    match e.Schedule.RetainCheckpoints with
    | Retain.All -> saves
    | Retain.Last count -> min saves (float (max 1 count) + 1.0)

let ofReplay entries (e: Experiment) environment =
    let records, tasks = Memory.stored e environment, float e.Environment.NumEnvs
    let capacity = float e.ReplayBuffer.Capacity

    let file =
        min (records / tasks) (float (Memory.bytesOfFile (int64 (records / tasks))))

    let transitions (steps: int64) = float steps * tasks
    let all = transitions (int64 e.Schedule.NumTrainSteps)
    let overwritten = max 0.0 (all - capacity)

    let checkpoints = checkpointsAtOnce e

    let held =
        match e.Schedule.RetainCheckpoints with
        | Retain.All -> overwritten
        | Retain.Last count ->
            min overwritten (transitions ((int64 (max 1 count) + 1L) * int64 e.Schedule.SaveFreq))

    let ofNetworks = checkpoints * savedNetworks entries e
    let isFile = e.ReplayBuffer.Backing.IsFile
    let files = if isFile then records + 2.0 * tasks * file else 0.0

    if e.Schedule.SaveBuffer then
        let overwritten = records * held / capacity
        let whole = records * min 1.0 (all / capacity)

        let loose = min (checkpoints * tasks * file) (records * all / capacity)

        {
            Replay = if isFile then files else whole
            Overwritten = overwritten
            Beside = ofNetworks + loose
            Kept = whole + overwritten + ofNetworks + loose
        }
    else
        { Replay = files; Overwritten = 0.0; Beside = ofNetworks; Kept = ofNetworks }

/// Of a run that learns from whole iterations.
let private ofNetworks entries e =
    let networks = checkpointsAtOnce e * savedNetworks entries e

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
                $"hold {Memory.size disk.Overwritten} that it has overwritten, and {Memory.size disk.Beside} more"
            else
                $"hold {Memory.size disk.Beside} more"

        $"the replay takes {Memory.size disk.Replay}, and checkpoints {ofCheckpoints}",
        "replay_buffer.capacity",
        setting [
            if e.Schedule.SaveBuffer && (severalRuns || disk.Overwritten > 0.0) then
                withoutReplay
        ]
    else
        let ofReplay = disk.Replay + disk.Overwritten

        let share =
            if ofReplay > 0.0 then
                $", {Memory.size ofReplay} of it for the replay"
            else
                ""

        $"checkpoints take {Memory.size (peak disk)}{share}",
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
/// `free` bytes, if they do not. Their agents are of these algorithms.
[<CompiledName("Refusal")>]
let refusal entries (free: int64) (runs: RunOnDisk seq) : string option =
    let needs = [
        for { Experiment = e; Saved = saved } in runs do
            match Observed.environment e with
            | Some _ when Choices.isOnPolicy e.Choices -> e, ofNetworks entries e, saved
            | Some environment -> e, ofReplay entries e environment, saved
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
                $", for each of {count} {what}: {Memory.size (takenBy uses)} in all",
                $" or train fewer {what}"
            | count, false ->
                $", for the largest of {count} {what}, which take {Memory.size (takenBy uses)} in all",
                $" or train fewer {what}"

        let taken, key, otherwise = takers e disk (uses.Length > 1)
        let available = $"the disk of the run folder has {Memory.size (float free)}"

        Some $"{taken}{ofRuns}; {available}. Lower {key}{fewer}{otherwise}."

/// Why a checkpoint cannot be written where files have at most `limit` bytes, if it cannot.
[<CompiledName("FileRefusal")>]
let fileRefusal entries (limit: int64) (e: Experiment) : string option =
    let bytes = savedNetworks entries e

    if bytes <= float limit then
        None
    else
        Some
            $"a checkpoint has a file of {Memory.size bytes}, and files have at most {Memory.size (float limit)} here (ulimit -f). \
Raise that limit, or lower agent.actor.hidden_dim."

/// `refusal` of a run that has not been started.
let newRefusal entries free e =
    refusal entries free [ { Experiment = e; Saved = 0L } ]
