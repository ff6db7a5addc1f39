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
    /// What it made last: a state, the names of metrics, and their values.
    Outcome: unit -> SacState * string list * Tensor
}

/// What is known of updates of one likeness.
[<RequireQualifiedAccess>]
type private Known =
    | Seen of times: int
    | Recorded of FixedUpdate
    /// It reads numbers, or moves them between devices.
    | NotRecordable

/// An update that copies its state and batch to fixed places, where the recorded kernels read them, and what these made
/// to new tensors: the same function, launched otherwise. The first of a kind are rehearsals, with the same numbers as a
/// graph gives, so that a resumed run goes on as the one that it was.
///
/// `update` must depend on tensors, the counts of its optimisers' steps and, through the `periods` of its stages, on
/// `Batch.Step` alone. The recordings live as long as this object. Not thread-safe.
type RecordedUpdate
    (launch: KernelLaunch, periods: int list, update: SacState -> Batch -> SacState * Metrics) =
    let known = Dictionary<Likeness, Known>()

    /// Libraries allocate in the first updates of a kind what they keep, which no recording may.
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

    /// The update, whose metrics are one vector.
    let compute state batch =
        let ownsAll (state, _, values: Tensor) =
            Seq.append (SacState.owns state) [ values ]

        Tensors.scope ownsAll (fun () ->
            let next, metrics = update state batch

            next,
            [ for metric in metrics -> metric.Name ],
            Ops.Stack([| for metric in metrics -> metric.Value |], 0L))

    let record launchesGraph (state: SacState) batch =
        let state, batch =
            { Parts = state.Parts |> Map.map (fun _ -> PartContent.map place) },
            Batch.map place batch

        let mutable outcome = None

        let run =
            new Recording(
                launchesGraph,
                [| for moments in moments state -> moments.FirstMoment |],
                fun () -> outcome <- Some(compute state batch)
            )

        // What kernels make keeps its place; computed anew, it belongs to the scope of each run.
        if launchesGraph then
            let next, _, values = outcome.Value

            for x in Seq.append (SacState.owns next) [ values ] do
                Ops.DetachFromScopes x |> ignore

        { State = state; Batch = batch; Run = run; Outcome = fun () -> outcome.Value }

    /// The recorded outcome as one of `state`: parts that it only passes on are those of `state`.
    let outcome (recorded: FixedUpdate) (state: SacState) : SacState * Metrics =
        let next, names, values = recorded.Outcome()
        let own = Dictionary<Tensor, Tensor>(HashIdentity.Reference)
        let made = List<Tensor>()
        let copies = List<Tensor>()

        for fixed', given in Seq.zip (SacState.owns recorded.State) (SacState.owns state) do
            own[fixed'] <- given

        let copy (x: Tensor) =
            made.Add x
            copies.Add(Ops.Empty(Ops.Shape x, Ops.NumericOf x, Ops.DeviceOf x))
            copies[copies.Count - 1]

        let take x =
            match own.TryGetValue x with
            | true, given -> given
            | false, _ -> copy x

        let steps (state: SacState) name =
            match PartContent.moments state.Parts[name] with
            | Some moments -> moments.Steps
            | None -> 0L

        let parts =
            next.Parts
            |> Map.map (fun name content ->
                let taken = steps next name - steps recorded.State name
                PartContent.map take content |> PartContent.withSteps (steps state name + taken))

        let values = copy values
        Ops.CopyAll(copies.ToArray(), made.ToArray())

        { Parts = parts },
        [
            for i, name in List.indexed names ->
                { Name = name; Value = Ops.Select(values, 0L, int64 i) }
        ]

    let run (recorded: FixedUpdate) (state: SacState) batch =
        let all state batch = [| yield! SacState.owns state; yield! Batch.tensors batch |]

        Ops.CopyAll(all recorded.State recorded.Batch, all state batch)
        recorded.Run.Run [| for moments in moments state -> moments.Steps |]
        outcome recorded state

    let rehearse state batch =
        let rehearsal = record false state batch
        let outcome = run rehearsal state batch
        rehearsal.Run.Dispose()

        for x in Seq.append (SacState.owns rehearsal.State) (Batch.tensors rehearsal.Batch) do
            x.Dispose()

        outcome

    /// The update. Its outcome belongs to the caller's scope.
    member _.Update (state: SacState) (batch: Batch) : SacState * Metrics =
        let learn kind =
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
                rehearse state batch
            | Known.Seen _ ->
                let recorded = record launch.IsGraph state batch
                known[kind] <- Known.Recorded recorded
                run recorded state batch

        if isLaunched state then
            let kind = likeness batch

            try
                Tensors.scope owns (fun () -> learn kind)
            with :? RecordingException ->
                known[kind] <- Known.NotRecordable
                update state batch
        else
            update state batch

    /// Kinds of updates that are recorded.
    member _.Recordings = known.Values |> Seq.filter _.IsRecorded |> Seq.length
