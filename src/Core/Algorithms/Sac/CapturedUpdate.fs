namespace MtrlFunctional.Algorithms

open System.Collections.Generic
open MtrlFunctional.Tensors

/// How an update launches its kernels on a GPU. Its numbers are the same.
[<RequireQualifiedAccess>]
type KernelLaunch =
    /// Each when its operation is called.
    | Single
    /// All at once, captured in an earlier update (`GraphCapture`).
    | Graph
    /// As `Graph`, but computed anew each time, on any device.
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
    Capture: GraphCapture
    /// What it made last: a state, the names of metrics, and their values.
    Outcome: unit -> SacState * string list * Tensor
}

/// What is known of updates of one likeness.
[<RequireQualifiedAccess>]
type private Known =
    | Seen of times: int
    | Captured of FixedUpdate
    /// It reads numbers, or moves others to the device than the updates before.
    | NotCapturable

/// An update that, after the first two of a kind, copies its state and batch to fixed places, where the captured kernels
/// read them, and what these made to new tensors: the same function, launched otherwise.
///
/// `update` must depend on tensors, on counts of optimisers' steps by steps of Adam alone, and, through the `periods` of its stages, on
/// `Batch.Step`. Captures live as long as this object. Not thread-safe.
type CapturedUpdate
    (launch: KernelLaunch, periods: int list, update: SacState -> Batch -> SacState * Metrics) =
    let known = Dictionary<Likeness, Known>()
    let constants = DeviceConstants()

    /// Libraries allocate in the first updates of a kind what they keep, which no capture may.
    let warmUp = 2

    /// Batches of ever new shapes are not worth a capture, which keeps the memory of its tensors.
    let mostLikenesses = 8

    let isLaunched (state: SacState) =
        match launch with
        | KernelLaunch.Single -> false
        | KernelLaunch.Rehearsal -> true
        | KernelLaunch.Graph -> GraphCapture.HasGraphs(Ops.DeviceOf state.Critic.Values)

    let likeness (batch: Batch) = {
        Due = periods |> List.map (fun period -> batch.Step % int64 period = 0L)
        Shapes = Batch.tensors batch |> List.map (Ops.Shape >> List.ofArray)
    }

    let moments (state: SacState) =
        state.Parts.Values |> Seq.choose PartContent.moments |> Seq.toArray

    let place (x: Tensor) = Ops.DetachFromScopes(Ops.Clone x)

    /// The update, whose metrics are one vector.
    let compute state batch =
        let ownsAll (state, _, values: Tensor) =
            Seq.append (SacState.owns state) [ values ]

        Tensors.scope ownsAll (fun () ->
            let next, metrics = update state batch

            next,
            [ for metric in metrics -> metric.Name ],
            Ops.Stack([| for metric in metrics -> metric.Value |], 0L))

    let capture (state: SacState) batch =
        let state, batch =
            { Parts = state.Parts |> Map.map (fun _ -> PartContent.map place) },
            Batch.map place batch

        let mutable outcome = None

        let capture =
            GraphCapture(
                launch.IsGraph,
                [| for moments in moments state -> moments.FirstMoment |],
                fun () -> outcome <- Some(compute state batch)
            )

        // What kernels make keeps its place; computed anew, it belongs to the scope of each run.
        if launch.IsGraph then
            let next, _, values = outcome.Value

            for x in Seq.append (SacState.owns next) [ values ] do
                Ops.DetachFromScopes x |> ignore

        {
            State = state
            Batch = batch
            Capture = capture
            Outcome = fun () -> outcome.Value
        }

    /// The captured outcome as one of `state`: parts that it only passes on are those of `state`.
    let outcome (captured: FixedUpdate) (state: SacState) : SacState * Metrics =
        let next, names, values = captured.Outcome()
        let own = Dictionary<Tensor, Tensor>(HashIdentity.Reference)
        let made = List<Tensor>()
        let copies = List<Tensor>()

        for fixed', given in Seq.zip (SacState.owns captured.State) (SacState.owns state) do
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
                let taken = steps next name - steps captured.State name
                PartContent.map take content |> PartContent.withSteps (steps state name + taken))

        let values = copy values
        Ops.CopyAll(copies.ToArray(), made.ToArray())

        { Parts = parts },
        [
            for i, name in List.indexed names ->
                { Name = name; Value = Ops.Select(values, 0L, int64 i) }
        ]

    let run (captured: FixedUpdate) (state: SacState) batch =
        let all state batch = [| yield! SacState.owns state; yield! Batch.tensors batch |]

        Ops.CopyAll(all captured.State captured.Batch, all state batch)
        captured.Capture.Run [| for moments in moments state -> moments.Steps |]
        outcome captured state

    /// The update. Its outcome belongs to the caller's scope.
    member _.Update (state: SacState) (batch: Batch) : SacState * Metrics =
        let launched kind =
            let found =
                match known.TryGetValue kind with
                | true, found -> found
                | false, _ when known.Count < mostLikenesses -> Known.Seen 0
                | false, _ -> Known.NotCapturable

            match found with
            | Known.Captured captured -> run captured state batch
            | Known.NotCapturable -> update state batch
            | Known.Seen times when times < warmUp ->
                known[kind] <- Known.Seen(times + 1)
                constants.During(fun () -> update state batch)
            | Known.Seen _ ->
                let captured = constants.During(fun () -> capture state batch)
                known[kind] <- Known.Captured captured
                run captured state batch

        if isLaunched state then
            let kind = likeness batch

            try
                Tensors.scope SacState.ownsOutcome (fun () -> launched kind)
            with :? CaptureException ->
                known[kind] <- Known.NotCapturable
                update state batch
        else
            update state batch

    /// Kinds of updates that are captured.
    member _.Captures = known.Values |> Seq.filter _.IsCaptured |> Seq.length

    /// Of an agent, by stages. Surgery weighs gradients by numbers that it reads, or draws in main memory: its updates are launched
    /// one by one.
    static member OfStages (launch: KernelLaunch) (agent: SacAgent) (stages: SacStage list) update =
        let launch =
            if agent.Config.Surgery.IsSome then
                KernelLaunch.Single
            else
                launch

        CapturedUpdate(launch, [ for stage in stages -> stage.Every ], update)
