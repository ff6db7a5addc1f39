/// Whether an experiment has enough memory, and where its replay lies: in memory, or in files.
module internal MtrlFunctional.Experiments.Placement

open System
open MtrlFunctional.Spaces

/// The same experiment with another backing of its replay.
let private backedBy backing (e: Experiment) = { e with Experiment.ReplayBuffer.Backing = backing }

/// Whether a run fits with its replay in files.
let private fitsWithFile entries available disk (e: Experiment) =
    let inFile = backedBy ReplayBacking.File e

    (Memory.estimate entries inFile |> List.sumBy _.Bytes) <= float available
    && (Disk.newRefusal entries disk inFile).IsNone

/// Why an experiment with an agent of these algorithms cannot start in `available` bytes of memory, if it cannot. A replay in files is named as a remedy where
/// `disk` bytes on the disk of the run folder suffice for it.
[<CompiledName("Refusal")>]
let refusal entries (available: int64) (disk: int64) (e: Experiment) : string option =
    let parts = Memory.estimate entries e
    let needed = parts |> List.sumBy _.Bytes

    if needed <= float available then
        None
    else
        let largest = parts |> List.maxBy _.Bytes
        let keys = String.Join(" or ", largest.Keys)

        let without =
            largest.Without
            |> Option.filter (fun word ->
                word <> Memory.inFiles || fitsWithFile entries available disk e)
            |> Option.map (fun word -> $", or set {word}")
            |> Option.defaultValue ""

        Some
            $"needs {Memory.size needed} of memory, {Memory.size (float available)} are free. \
The {largest.Name} takes {Memory.size largest.Bytes}: lower {keys}{without}."

/// The backing of a replay, chosen where its key leaves the choice.
type Decision = {
    /// With a backing; in memory where the replay fits nowhere, which `refusal` then refuses.
    Experiment: Experiment
    /// For the console: the chosen backing, and why; none where there was no choice, or for states in memory.
    Notice: string option
    /// Why a replay in files is no remedy, if memory is too small and the disk as well.
    WithoutFile: string option
}

/// Where the replay of an experiment lies, with `memory` bytes free and `disk` bytes on the disk of the run folder:
/// in memory where that suffices for the whole experiment, else in a file.
[<CompiledName("Decide")>]
let decide entries (memory: int64) (disk: int64) (e: Experiment) : Decision =
    let inMemory, inFile =
        backedBy ReplayBacking.Memory e, backedBy ReplayBacking.File e

    let decided experiment notice = { Experiment = experiment; Notice = notice; WithoutFile = None }

    match e.ReplayBuffer.Backing, Observed.environment e with
    | ReplayBacking.Auto, Some environment when not (Choices.isOnPolicy e.Choices) ->
        let replay = Memory.size (Memory.stored e environment)
        let needed = Memory.size (Memory.estimate entries inMemory |> List.sumBy _.Bytes)
        let free = Memory.size (float memory)

        match refusal entries memory disk inMemory, Disk.newRefusal entries disk inFile with
        | None, _ when not (Observed.isImages e) -> decided inMemory None
        | None, _ ->
            decided
                inMemory
                (Some
                    $"{ReplayBuffer.backing}=memory: the run needs {needed} of memory, {replay} of it for the replay, and {free} are free.")
        | Some _, None ->
            let taken = Disk.ofReplay entries e environment

            decided
                inFile
                (Some
                    $"{ReplayBuffer.backing}=file: the run would need {needed} of memory, and {free} are free. The replay takes {Memory.size (taken.Replay + taken.Overwritten)} of the disk's {Memory.size (float disk)}.")
        | Some _, Some disk -> { decided inMemory None with WithoutFile = Some disk }
    | ReplayBacking.Auto, _ -> decided inMemory None
    | _ -> decided e None
