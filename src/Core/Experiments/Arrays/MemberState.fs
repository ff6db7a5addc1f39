namespace MtrlFunctional.Experiments

open System

/// State of a run of a sweep. `step`: of the newest checkpoint, 0 without a checkpoint.
[<RequireQualifiedAccess>]
type MemberState =
    | NotStarted
    /// Stopped, or killed without a trace.
    | Stopped of step: int64
    | Queued of step: int64
    | Running of step: int64
    | Failed of step: int64 * why: string
    | Finished
    /// The folder holds a run of another configuration; it is never overwritten.
    | OtherConfiguration of step: int64

/// A member of an array, as `squeue` has it.
type QueuedMember = {
    /// Path of the array's file.
    Script: string
    /// Number of the array.
    Job: string
    Place: int
    IsRunning: bool
}

module MemberState =
    /// Format of `squeue`, one member a line.
    let squeueFormat = "%F|%K|%t|%o"

    /// A line of that format; none of a job that is no array.
    let queued (line: string) =
        match line.Trim().Split('|', 4) with
        | [| job; index; state; script |] ->
            match Int32.TryParse index with
            | true, index ->
                Some { Script = script; Job = job; Place = index; IsRunning = state <> "PD" }
            | _ -> None
        | _ -> None

    /// Codes of an end that is no failure: trained, or stopped because it was asked to.
    let private asked = [ 0; 85; 129; 130; 131; 138; 143 ]

    /// Before what a command line prints of itself.
    let private ours = "mtrl: "

    /// Why a run failed by the end of the log of its member, which may be of another run, and the job that it was; none: it did
    /// not. A member of this machine whose end is not told was left by the program that started it, and saves.
    let failure (run: string) (log: string list) : (string * string option) option =
        let isStart (line: string) =
            line.StartsWith ours && line.Contains " starts on "

        let lines = log |> List.rev |> List.filter (fun line -> line.Trim() <> "")
        let last = lines |> List.takeWhile (isStart >> not)

        let start = List.tryFind isStart lines

        let isOther =
            start
            |> Option.exists (fun line -> not (line.StartsWith(JobArray.startLine run "")))

        let ends, said =
            last |> List.partition (fun line -> line.StartsWith JobArray.endMark)

        let isAsked =
            asked
            |> List.exists (fun code -> List.contains $"{JobArray.endMark}{code}" ends)

        let job = start |> Option.bind JobArray.jobOf
        let isLeft = ends.IsEmpty && start.IsSome && job.IsNone

        let withoutName (line: string) =
            if line.StartsWith ours then
                line.Substring ours.Length
            else
                line

        if lines.IsEmpty || isOther || isAsked || isLeft then
            None
        else
            List.tryHead said
            |> Option.map withoutName
            |> Option.defaultValue "it printed nothing"
            |> fun why -> Some(why, job)

    /// The state of a run: `folder` by its checkpoints, `isAlive` whether a process of this machine has it, its member in the
    /// queue if it is there, and why it failed if it did.
    let decide folder isAlive (queued: QueuedMember option) failure =
        let step =
            match folder with
            | MemberState.Stopped step -> step
            | _ -> 0L

        match folder, queued with
        | (MemberState.Finished | MemberState.OtherConfiguration _), _ -> folder
        | _, Some { IsRunning = true } -> MemberState.Running step
        | _ when isAlive -> MemberState.Running step
        | _, Some _ -> MemberState.Queued step
        | _ ->
            failure
            |> Option.map (fun why -> MemberState.Failed(step, why))
            |> Option.defaultValue folder
