/// The result of an evaluation as text.
module MtrlFunctional.Cli.Tables.EvaluationTable

open System.Collections.Generic
open MtrlFunctional.Statistics
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

/// A line of a table of tasks: a name, and cells of such a width.
let row width (name: string) (cells: string list) =
    let cells = [ for cell in cells -> cell.PadLeft width ] |> String.concat " "
    $"  %-28s{name} {cells}\n"

let private cells ever atEnd (result: string) = [ $"%8s{ever}"; $"%8s{atEnd}"; $"%10s{result}" ]

let private line (task: TaskEvaluation) =
    cells
        (Format.percent task.SuccessEver)
        (Format.percent task.SuccessAtEnd)
        (Format.number task.Return)
    |> row 0 task.Name

/// One line per task, then one per aggregate over the tasks.
let private table aggregates (evaluation: EvaluationResult) = [
    row 0 "task" (cells "ever" "at end" "return")
    for task in evaluation.Tasks do
        line task
    for aggregate in aggregates do
        line (evaluation.Over aggregate)
]

let private part aggregates (part: EvaluationPart) = [
    let variants = part.Variants |> Seq.map string |> String.concat ", "
    $"{part.Name}: variants {variants} of 0 to 9\n"
    yield! table aggregates part.Result
]

/// A difference, with its interval over what was drawn: "-1.6 (95 % interval over goals -3.4 to +0.2)".
let difference print drawn (gap: GoalGap.Gap) unit' =
    let interval =
        match gap.Interval with
        | Some interval ->
            $" (95 %% interval over {drawn} {print interval.Low} to {print interval.High})"
        | None -> ""

    $"{print gap.Difference}{unit'}{interval}"

/// Mean return of each part less the mean return of the first part, which was trained on: "extrapolation less base,
/// return: -120.3".
let private gaps (parts: #seq<EvaluationPart>) =
    let returns (part: EvaluationPart) =
        part.Result.EpisodeReturns |> Seq.map Seq.toArray |> Seq.toArray

    match List.ofSeq parts with
    | first :: others when returns first |> Array.exists (Array.isEmpty >> not) -> [
        for part in others do
            let gap = GoalGap.estimate (returns first) (returns part)
            let shown = difference (sprintf "%+.1f") "episodes" gap ""
            $"{part.Name} less {first.Name}, return: {shown}\n"
      ]
    | _ -> []

/// What a trial is, and which of its episodes count.
let private trialHeading
    (evaluation: EvaluationResult)
    (trials: #seq<IReadOnlyList<TrialEpisode>>)
    =
    match Option.ofNullable evaluation.ExplorationEpisodes with
    | None ->
        "each trial is several episodes of one task; above, success counts in the last, after episodes of learning\n"
    | Some exploration ->
        let counted = (Seq.head trials).Count - exploration

        let success =
            match evaluation.TrialShares with
            | null -> "where any of these has it"
            | _ -> "the mean over these, each of which ends at its first success"

        let exploring = Format.plural exploration "episode"
        let count = if counted = 1 then "counts" else "count"
        $"a trial has {exploring} of exploration, then {counted} that {count}; above, success is {success}\n"

/// A line for each episode of the trials of each task.
let private trials (evaluation: EvaluationResult) = [
    match evaluation.Trials with
    | null -> ()
    | trials ->
        trialHeading evaluation trials
        row 0 "episode of a trial" (cells "success" "" "return")

        for task, episodes in Seq.zip evaluation.Tasks trials do
            for i, episode in Seq.indexed episodes do
                cells (Format.percent episode.Success) "" (Format.number episode.Return)
                |> row 0 $"{task.Name} {i + 1}"
]

/// What was evaluated: "evaluation after step 30,000", or what acted in the place of the trained policy.
let heading actor (step: int64) =
    match actor with
    | EvaluationActor.ScriptedExpert -> "evaluation of the scripted experts"
    | EvaluationActor.RandomActions -> "evaluation of uniformly random actions"
    | _ -> $"evaluation after step {Format.count step}"

let private inferred =
    function
    | Some transitions ->
        $""", task encodings inferred from {Format.plural transitions "transition"} of each task"""
    | None -> ""

/// A table, or one for each part of the evaluation; then what it must be read with. `inferredFrom` are the transitions of each
/// task that its encoding was inferred from.
let text actor inferredFrom aggregates (evaluation: EvaluationResult) =
    [
        $"""{heading actor evaluation.Step}{inferred inferredFrom}: success at any step ("ever"), at the last step ("at end")"""
        + "\n"
        match evaluation.Parts with
        | null -> yield! table aggregates evaluation
        | parts ->
            yield! parts |> Seq.collect (part aggregates)
            yield! gaps parts

        yield! trials evaluation

        match evaluation.Caveat with
        | null -> ()
        | caveat -> caveat + "\n"
    ]
    |> String.concat ""
