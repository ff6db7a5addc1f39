namespace MtrlFunctional.Experiments

open System

/// State of a run of a sweep. Steps are those of the newest checkpoint, 0 without one.
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
        | [| job; place; state; script |] ->
            match Int32.TryParse place with
            | true, place ->
                Some { Script = script; Job = job; Place = place; IsRunning = state <> "PD" }
            | _ -> None
        | _ -> None

    /// Codes of a stop that was asked for: it saved.
    let private asked = [ 85; 129; 130; 131; 143 ]

    /// Why the last start in a log failed; none: it did not. `log` are lines in their order.
    let failure (log: string list) =
        let last =
            log
            |> List.rev
            |> List.filter (fun line -> line.Trim() <> "")
            |> List.takeWhile (fun line -> not (line.StartsWith JobArray.startMark))

        let said =
            last
            |> List.tryFind (fun line -> not (line.StartsWith JobArray.endMark))
            |> Option.defaultValue "it printed nothing"

        let code =
            last
            |> List.tryPick (fun line ->
                if line.StartsWith JobArray.endMark then
                    Some(line.Substring JobArray.endMark.Length)
                else
                    None)

        match code with
        | Some code when List.contains code (List.map string asked) -> None
        | _ when log.IsEmpty -> None
        | _ -> Some said

    let private stepOf state =
        match state with
        | MemberState.Stopped step
        | MemberState.Queued step
        | MemberState.Running step
        | MemberState.OtherConfiguration step
        | MemberState.Failed(step, _) -> step
        | MemberState.NotStarted
        | MemberState.Finished -> 0L

    /// The state of a member: `folder` by its checkpoints, `isAlive` whether a process of this machine has it, its place in the
    /// queue if it is there, and the end of its log.
    let decide folder isAlive (queued: QueuedMember option) log =
        let step = stepOf folder

        match folder, queued with
        | (MemberState.Finished | MemberState.OtherConfiguration _), _ -> folder
        | _, Some { IsRunning = true } -> MemberState.Running step
        | _ when isAlive -> MemberState.Running step
        | _, Some _ -> MemberState.Queued step
        | _ ->
            match failure log with
            | Some why -> MemberState.Failed(step, why)
            | None -> folder
