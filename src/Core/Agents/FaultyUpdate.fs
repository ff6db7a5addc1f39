namespace MtrlFunctional.Agents

open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// What is not finite of an update, or too large.
type internal FaultyUpdate = {
    /// "critic/bias is NaN at [0] before the update; infinity in its sample": each place, in the order of the update.
    Text: string
    /// The tasks whose numbers these are; empty: all, or they cannot be told.
    Tasks: int list
}

/// The inputs and results of an update.
[<NoEquality; NoComparison>]
type internal ExaminedUpdate<'sample> = {
    Before: IAgentState<'sample>
    Sample: 'sample
    After: IAgentState<'sample>
    Readings: Reading[]
    Form: SampleForm<'sample>
}

/// The search of an update for numbers that are not finite. Slow: after a sign of a fault only.
module internal FaultyUpdate =
    /// The first number of a state that is not finite. A memory of surgery may begin with infinities.
    let private searched (state: IAgentState<'sample>) =
        state.Named()
        |> Seq.filter (fun (name, _) -> not (TaskRows.isOfSurgery name))
        |> NonFinite.find

    /// As `searched`, with a sum over all tensors first, which is fast.
    [<CompiledName("InState")>]
    let inState (state: IAgentState<'sample>) =
        if NonFinite.sumsAreFinite state.Owns then
            None
        else
            searched state

    let private describe (loss: Reading) =
        let limit =
            if Double.IsFinite loss.Number then
                FormattableString.Invariant
                    $", above {Metrics.largestLoss:G4}, the most that training goes on with (large rewards need env.reward_normalization)"
            else
                ""

        FormattableString.Invariant $"{loss.Metric} is {loss.Number:G4}" + limit

    /// The task of a number of a sample.
    let private ofSample (agent: AgentDescription) (found: NonFinite) =
        if agent.Groups * agent.Members = 1 then
            None
        else
            match found.Name.Split '/' |> List.ofArray with
            // The batches of agents that are updated in turn, one for each task.
            | "batch" :: number :: _ :: _ when number <> "0" -> Some(int number)
            | _ when agent.Groups > 1 && found.Index.Length > 1 -> Some(int found.Index.Head)
            | _ -> None

    /// The task of a number of a parameter that each task has for itself.
    let private ofParameter (agent: AgentDescription) (found: NonFinite) =
        let isPerTask =
            found.Name.Contains("log_alpha", StringComparison.Ordinal)
            || agent.Parts
               |> Seq.collect _.Layout.Slots
               |> Seq.exists (fun slot ->
                   slot.Parameter.PerTask
                   && found.Name.EndsWith($"/{slot.Parameter.Path}", StringComparison.Ordinal))

        if isPerTask then
            found.Index |> List.tryHead |> Option.map int
        else
            None

    /// The tasks whose rows alone give such an update, if the rows of others do not.
    let private alone (agent: AgentDescription) (update: ExaminedUpdate<'sample>) =
        let isFaulty task =
            update.Form.OnlyTask task update.Sample
            |> Option.map (fun only ->
                let struct (next, metrics) = update.Before.Update only

                (Metrics.diverged (Metrics.read metrics)).IsSome
                || not (NonFinite.sumsAreFinite next.Owns))

        let faulty = List.init agent.Groups isFaulty

        if List.contains (Some false) faulty then
            faulty |> List.indexed |> List.filter (snd >> (=) (Some true)) |> List.map fst
        else
            []

    /// What is not finite, in the state before the update, in its sample, in its losses or in the state after it; or a loss
    /// that is too large. None: nothing.
    let find (agent: AgentDescription) (update: ExaminedUpdate<'sample>) : FaultyUpdate option =
        let before = searched update.Before
        let sample = NonFinite.find (update.Form.Named update.Sample)
        let loss = Metrics.diverged update.Readings

        let after =
            if before.IsNone && sample.IsNone then
                searched update.After
            else
                None

        let located where found =
            found |> Option.map (fun found -> $"{NonFinite.describe found} {where}")

        let told =
            List.choose id [
                located "before the update" before
                located "in its sample" sample
                Option.map describe loss
                located "after the update" after
            ]

        let ofTask () =
            sample
            |> Option.bind (ofSample agent)
            |> Option.orElseWith (fun () ->
                before
                |> Option.orElse (if loss.IsSome then None else after)
                |> Option.bind (ofParameter agent))

        if told.IsEmpty then
            None
        else
            Some {
                Text = String.concat "; " told
                Tasks =
                    match ofTask () with
                    | Some task -> [ task ]
                    | None -> alone agent update
            }

    /// Why training stops at an update, "update 12 (step 300)". `tasks`: the name of each task of the networks, null where none is
    /// trained.
    let message title (tasks: (string | null)[]) (fault: FaultyUpdate) =
        let name task =
            Array.tryItem task tasks
            |> Option.bind Option.ofObj
            |> Option.defaultValue $"number {task}"

        let which =
            match List.map name fault.Tasks with
            | [] -> ""
            | [ task ] -> $", task {task}"
            | tasks -> ", tasks " + String.concat ", " tasks

        $"{title}{which}: {fault.Text}. Nothing of this update is kept; training stopped. "
        + "Lower the learning rates (agent.optimizers.*) or check the rewards."
