/// Conflicting pairs of tasks, as text and as Markdown.
module MtrlFunctional.Statistics.ConflictTable

open System.Globalization
open MtrlFunctional

let private cosine = Cells.number "+0.00;−0.00;0.00"

let private count (x: int64) =
    x.ToString("N0", CultureInfo.InvariantCulture)

let private times (x: float) =
    x.ToString("0.0", CultureInfo.InvariantCulture)

let private cells (pair: ConflictingPair) = [
    $"{fst pair.Tasks} × {snd pair.Tasks}"
    cosine pair.Mean
    Cells.percent pair.Negative
    cosine pair.Early
    cosine pair.Late
]

let private worst number (summary: ConflictSummary) = {
    Headings = [ "pair"; "mean cosine"; "negative"; "first third"; "last third" ]
    Lines = summary.Pairs |> List.truncate number |> List.map cells
}

let private updates n =
    if n = 1L then "1 update" else $"{count n} updates"

let private measured (summary: ConflictSummary) =
    let moments =
        match summary.Moments with
        | 1 -> $"measured once, after {updates summary.FirstUpdate}"
        | moments ->
            $"measured {count moments} times, after {count summary.FirstUpdate} to {updates summary.LastUpdate}"

    let pairs = if summary.Pairs.Length = 1 then "pair" else "pairs"
    $"{summary.Part}: {moments}; {count summary.Pairs.Length} {pairs}"

let private found (summary: ConflictSummary) = [
    $"{Cells.percent summary.Negative} of the products are negative; mean cosine {cosine summary.Mean}."

    match summary.Longest with
    | Some(task, factor) ->
        $"Longest gradients: {task}, {times factor} times as long as the median task's."
    | None -> ()
]

/// Lines for a terminal: the worst pairs of one part.
let text number summary =
    [
        measured summary
        for sentence in found summary do
            $"  {sentence}"
        for line in Grid.aligned 1 "  " (worst number summary) do
            $"  {line}"
        ""
    ]
    |> String.concat "\n"

/// A section of a page; `picture` is a file beside it.
let markdown number picture summary =
    [
        $"## {summary.Part}"
        ""
        $"{measured summary}."
        yield! found summary
        ""
        $"![Cosines of the tasks' gradients, {summary.Part}]({picture})"
        ""
        yield! Grid.markdown (worst number summary)
        ""
    ]
    |> String.concat "\n"
