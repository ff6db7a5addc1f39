namespace MtrlFunctional.Tasks.DmControl

open System

/// The quantities of a task as one row: first of the observation, then of the reward. Made once for
/// an environment; its methods allocate nothing.
[<Sealed; AllowNullLiteral>]
type internal Reading(task: DmControlTask) =
    static let quantities term =
        match term with
        | Term.Read quantity -> [ quantity ]
        | Term.Computed(_, formula) -> formula.Of

    let terms = [|
        for part in task.Observation do
            yield! part.Terms
    |]

    let sizes = terms |> Array.map (quantities >> List.length)
    let starts = sizes |> Array.scan (+) 0
    let rewardAt = Array.last starts
    let reward = task.Reward.Value

    let rules =
        terms
        |> Array.map (fun term ->
            match term with
            | Term.Read _ -> null
            | Term.Computed(_, formula) -> formula.Value)

    let isPlain = rules |> Array.forall isNull

    /// What to read, in order.
    member val Quantities =
        [|
            for term in terms do
                yield! quantities term

            yield! task.Reward.Of
        |]

    /// Numbers of an observation.
    member _.ObservationSize = terms.Length

    /// Writes the observation of a row.
    member _.Observe(row: ReadOnlySpan<float>, observation: Span<float>) =
        if isPlain then
            row.Slice(0, terms.Length).CopyTo observation
        else
            for i in 0 .. rules.Length - 1 do
                observation[i] <-
                    match rules[i] with
                    | null -> row[starts[i]]
                    | rule -> rule.Invoke(row.Slice(starts[i], sizes[i]))

    /// The reward of a row.
    member _.Reward(row: ReadOnlySpan<float>) = reward.Invoke(row.Slice rewardAt)
