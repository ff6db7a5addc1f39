namespace MtrlFunctional.Surgery

/// Norms and pairwise cosine similarities of the task gradients at one update.
type Agreement = {
    /// ‖g_i‖, [tasks]; NaN where the task had no rows or its gradient is not finite.
    Lengths: float[]
    /// cos(g_i, g_j) of the pairs (1, 0), (2, 0), (2, 1), (3, 0) …; NaN where one has no length.
    Cosines: float[]
}

/// What a run recorded of the gradients of one loss.
type ConflictRecord = {
    /// Vector steps of training before it.
    Step: int64
    /// Updates before it; on-policy agents count iterations.
    Update: int64
    /// Whose loss: "critic" and "actor", or "policy" and "value".
    Part: string
    Agreement: Agreement
}

/// Pairs of tasks as indices into a flat array.
module Agreement =
    /// All pairs (i, j), j < i, in their order.
    let internal pairs tasks = [|
        for i in 1 .. tasks - 1 do
            for j in 0 .. i - 1 -> struct (i, j)
    |]

    /// The index of a pair of different tasks.
    let place i j =
        let larger, smaller = max i j, min i j
        larger * (larger - 1) / 2 + smaller
