namespace MtrlFunctional.Algorithms

open System.Collections.Generic
open MtrlFunctional.Tensors

/// How an update launches its kernels on a GPU.
[<RequireQualifiedAccess>]
type KernelLaunch =
    /// Each when its operation is called.
    | Single
    /// All at once, recorded in an earlier update (`Recording`). Numbers differ in their last bits.
    | Graph
    /// As `Graph`, but computed anew each time: on any device, what a graph would compute.
    | Rehearsal

/// Updates with equal numbers here launch the same kernels.
type private Likeness = {
    /// Whether each stage is due.
    Due: bool list
    Shapes: int64 list list
}

/// Tensors in fixed places, and the update of them.
type private FixedUpdate = {
    State: SacState
    Batch: Batch
    Run: Recording
    /// What it made last.
    Outcome: unit -> SacState * Metrics
}

/// What is known of updates of one likeness.
[<RequireQualifiedAccess>]
type private Known =
    | Seen of times: int
    | Recorded of FixedUpdate
    /// It reads numbers, or moves them between devices.
    | NotRecordable

/// An update that, after the first few of a kind, copies its state and batch to fixed places, where the recorded kernels
/// read them, and what these made to new tensors: the same function, launched otherwise.
///
/// `update` must depend on tensors, the counts of its optimisers' steps and, through the `periods` of its stages, on
/// `Batch.Step` alone. The recordings live as long as this object. Not thread-safe.
type RecordedUpdate
    (launch: KernelLaunch, periods: int list, update: SacState -> Batch -> SacState * Metrics) =
    let known = Dictionary<Likeness, Known>()

    /// The first updates of a kind allocate what libraries keep, which no recording may.
    let warmUp = 2

    /// Batches of ever new shapes are not worth a recording.
    let mostLikenesses = 8

    let isLaunched (state: SacState) =
        match launch with
        | KernelLaunch.Single -> false
        | KernelLaunch.Rehearsal -> true
        | KernelLaunch.Graph -> Recording.HasGraphs(Ops.DeviceOf state.Critic.Values)

    let likeness (batch: Batch) = {
        Due = periods |> List.map (fun period -> batch.Step % int64 period = 0L)
        Shapes = Batch.tensors batch |> List.map (Ops.Shape >> List.ofArray)
    }

    let moments (state: SacState) =
        state.Parts.Values |> Seq.choose PartContent.moments |> Seq.toArray

    let place (x: Tensor) = Ops.DetachFromScopes(Ops.Clone x)

    let owns (state, metrics) =
        Seq.append (SacState.owns state) (Metrics.owns metrics)

    let record (state: SacState) batch =
        let state, batch =
            { Parts = state.Parts |> Map.map (fun _ -> PartContent.map place) },
            Batch.map place batch

        let mutable outcome = None

        let run =
            new Recording(
                launch.IsGraph,
                [| for moments in moments state -> moments.FirstMoment |],
                fun () -> outcome <- Some(update state batch)
            )

        // What kernels make keeps its place; computed anew, it belongs to the scope of each run.
        if launch.IsGraph then
            for x in owns outcome.Value do
                Ops.DetachFromScopes x |> ignore

        { State = state; Batch = batch; Run = run; Outcome = fun () -> outcome.Value }

    /// The recorded outcome as one of `state`: parts that it only passes on are those of `state`.
    let outcome (recorded: FixedUpdate) (state: SacState) : SacState * Metrics =
        let next, metrics = recorded.Outcome()
        let own = Dictionary<Tensor, Tensor>(HashIdentity.Reference)

        for fixed', given in Seq.zip (SacState.owns recorded.State) (SacState.owns state) do
            own[fixed'] <- given

        let take x =
            match own.TryGetValue x with
            | true, given -> given
            | false, _ -> Ops.Clone x

        let steps (state: SacState) name =
            match PartContent.moments state.Parts[name] with
            | Some moments -> moments.Steps
            | None -> 0L

        {
            Parts =
                next.Parts
                |> Map.map (fun name content ->
                    let taken = steps next name - steps recorded.State name

                    PartContent.map take content
                    |> PartContent.withSteps (steps state name + taken))
        },
        [ for metric in metrics -> { metric with Value = Ops.Clone metric.Value } ]

    let run (recorded: FixedUpdate) (state: SacState) batch =
        let copy fixed' given =
            Seq.iter2 (fun target source -> Ops.CopyFrom(target, source)) fixed' given

        Tensors.scope owns (fun () ->
            copy (SacState.owns recorded.State) (SacState.owns state)
            copy (Batch.tensors recorded.Batch) (Batch.tensors batch)
            recorded.Run.Run [| for moments in moments state -> moments.Steps |]
            outcome recorded state)

    let tryRecord state batch =
        try
            Known.Recorded(record state batch)
        with :? RecordingException ->
            Known.NotRecordable

    /// The update. Its outcome belongs to the caller's scope.
    member this.Update (state: SacState) (batch: Batch) : SacState * Metrics =
        if not (isLaunched state) then
            update state batch
        else
            let kind = likeness batch

            let found =
                match known.TryGetValue kind with
                | true, found -> found
                | false, _ when known.Count < mostLikenesses -> Known.Seen 0
                | false, _ -> Known.NotRecordable

            match found with
            | Known.Recorded recorded -> run recorded state batch
            | Known.NotRecordable -> update state batch
            | Known.Seen times when times < warmUp ->
                known[kind] <- Known.Seen(times + 1)
                update state batch
            | Known.Seen _ ->
                known[kind] <- tryRecord state batch
                this.Update state batch

    /// Kinds of updates that are recorded.
    member _.Recordings = known.Values |> Seq.filter _.IsRecorded |> Seq.length
