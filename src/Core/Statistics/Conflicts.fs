namespace MtrlFunctional.Statistics

open System
open MtrlFunctional.Surgery

/// Two tasks over a whole run.
type ConflictingPair = {
    Tasks: string * string
    /// Its index among the cosines of an agreement.
    Place: int
    /// Mean cosine.
    Mean: float
    /// Share of the moments at which their gradients pointed against each other, in [0, 1].
    Negative: float
    /// Mean cosine of the first and of the last third of the moments; NaN where there are not three.
    Early: float
    Late: float
}

/// The gradients of one loss over a whole run.
type ConflictSummary = {
    Part: string
    Moments: int
    FirstUpdate: int64
    LastUpdate: int64
    /// Over all pairs and moments.
    Mean: float
    Negative: float
    /// The task with the longest gradients, and how many times as long they are as the median
    /// task's.
    Longest: (string * float) option
    /// Those that were measured, worst first.
    Pairs: ConflictingPair list
}

/// Conflicting pairs of tasks, from records.
///
/// Reading order: parts → thirds → summary.
module Conflicts =
    /// Losses with records, in order of appearance.
    let parts (records: ConflictRecord list) =
        records |> List.map _.Part |> List.distinct

    /// The first and the last third, where there are three records.
    let thirds (records: ConflictRecord list) =
        let count = records.Length / 3

        if count = 0 then
            None
        else
            Some(List.take count records, List.skip (records.Length - count) records)

    /// Pair by pair the mean cosine over several records; NaN is skipped.
    let meanCosines (records: ConflictRecord list) =
        match records with
        | [] -> [||]
        | first :: _ ->
            Array.init first.Agreement.Cosines.Length (fun pair ->
                [ for record in records -> record.Agreement.Cosines[pair] ]
                |> TaskAggregate.over TaskAggregate.Average)

    let private mean numbers =
        TaskAggregate.over TaskAggregate.Average numbers

    let private negative (cosines: float[]) =
        let finite = Array.filter Double.IsFinite cosines
        mean [| for cosine in finite -> if cosine < 0.0 then 1.0 else 0.0 |]

    let private pair (tasks: string list) records (struct (i, j)) =
        let index = Agreement.place i j

        let over (records: ConflictRecord list) = [|
            for record in records -> record.Agreement.Cosines[index]
        |]

        let early, late =
            match thirds records with
            | Some(first, last) -> mean (over first), mean (over last)
            | None -> nan, nan

        {
            Tasks = tasks[j], tasks[i]
            Place = index
            Mean = mean (over records)
            Negative = negative (over records)
            Early = early
            Late = late
        }

    let private longest (tasks: string list) (records: ConflictRecord list) =
        let lengths = [|
            for task in 0 .. tasks.Length - 1 ->
                mean [ for record in records -> record.Agreement.Lengths[task] ]
        |]

        let median = TaskAggregate.over TaskAggregate.Median lengths

        match Array.indexed lengths |> Array.filter (snd >> Double.IsFinite) with
        | finite when finite.Length > 1 && median > 0.0 ->
            let task, length = Array.maxBy snd finite
            Some(tasks[task], length / median)
        | _ -> None

    /// The records of one part, oldest first, of these tasks; there is at least one.
    let summary (tasks: string list) (records: ConflictRecord list) : ConflictSummary =
        let all = records |> Seq.collect _.Agreement.Cosines |> Seq.toArray

        {
            Part = records.Head.Part
            Moments = records.Length
            FirstUpdate = records.Head.Update
            LastUpdate = (List.last records).Update
            Mean = mean all
            Negative = negative all
            Longest = longest tasks records
            Pairs =
                Agreement.pairs tasks.Length
                |> Seq.map (pair tasks records)
                |> Seq.filter (fun pair -> Double.IsFinite pair.Mean)
                |> Seq.sortBy _.Mean
                |> Seq.toList
        }
