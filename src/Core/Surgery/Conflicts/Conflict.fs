/// Products of gradients as what a run records of them.
module internal MtrlFunctional.Surgery.Conflict

open System

/// Lengths and cosines of the tasks that are present.
let ofGram (present: bool[]) (gram: Gram) : Agreement =
    let lengths =
        Array.init gram.Size (fun i ->
            let length = if present[i] then sqrt gram[i, i] else nan
            if Double.IsFinite length then length else nan)

    {
        Lengths = lengths
        Cosines =
            Agreement.pairs gram.Size
            |> Array.map (fun struct (i, j) ->
                let cosine = gram[i, j] / (lengths[i] * lengths[j])

                if Double.IsFinite cosine then
                    max -1.0 (min 1.0 cosine)
                else
                    nan)
    }

/// Of the gradients of one loss.
let ofGradients (gradients: TaskGradients) =
    Gram.ofRows gradients.Rows |> ofGram gradients.Present

/// What a run records of the gradients of one loss.
let record step update part gradients : ConflictRecord = {
    Step = step
    Update = update
    Part = part
    Agreement = ofGradients gradients
}
