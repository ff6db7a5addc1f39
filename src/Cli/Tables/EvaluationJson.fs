/// The result of an evaluation as JSON: what was evaluated, its success rates, and everything that was measured.
module MtrlFunctional.Cli.Tables.EvaluationJson

open System
open System.Text.Json
open System.Text.Json.Nodes
open System.Text.Json.Serialization
open MtrlFunctional.Spaces
open MtrlFunctional.Statistics
open MtrlFunctional.Training
open MtrlFunctional.Cli.Pages

/// The trials of an agent with a memory.
type TrialProtocol = {
    ExplorationEpisodes: int
    EvaluationEpisodes: int
    /// "any": of a trial with success in one of the evaluation episodes; "mean": each ends at its first success, and
    /// success is their mean.
    Success: string
}

/// Trials whose success is "any" or "mean".
let trial success (trial: Trial) = {
    ExplorationEpisodes = trial.Exploration
    EvaluationEpisodes = trial.Episodes - trial.Exploration
    Success = success
}

/// How a policy was evaluated.
type Protocol = {
    /// "drawn-goals", "all-goals", "training-goals", "unseen-goals" (training goals and others), or "goal-by-goal".
    Name: string
    Tasks: string list
    /// Whether all goals other than unseen goals are training goals.
    [<JsonIgnore>]
    AreGoalsKnown: bool
    /// Seed of the goals, or of the task states; of the unseen ones, where there are some. None: tasks have different seeds.
    GoalSeed: int64 option
    Horizon: int
    /// "v1" or "v2"; null for tasks outside Meta-World.
    RewardVersion: string | null
    /// What acts: "trained", "expert" or "random".
    Actor: string
    /// None: an episode is no trial.
    Trial: TrialProtocol option
    /// What learned before: "none", a word of --adapt, or "maml", which learns before each evaluated episode.
    Method: string
    /// Episodes of each task that it learned from, for each evaluation.
    Shots: int list
    /// Transitions of each task that its encoding was inferred from, networks frozen; null: it was not inferred.
    InferredFrom: int option
}

/// Means over all episodes of some tasks.
type Summary = {
    /// "known": goals of training; "test": goals kept for evaluation, as of meta-learning's test tasks; or "unseen".
    Goals: string
    /// Of the evaluation, such as "interpolation"; null: all of it.
    Part: string | null
    Shots: int
    /// "success", at any step, of the tasks that define it; "return" of those that do not.
    Measure: string
    Mean: float
    Interval: Aggregate.Interval option
}

let private settings =
    let settings =
        JsonSerializerOptions(JsonSerializerDefaults.Web, WriteIndented = true)

    settings.Converters.Add(NumberOrNull(fun json number -> json.WriteNumberValue number))
    settings

let private summary goals shots (result: EvaluationResult) =
    let score = result.Score

    {
        Goals = goals
        Part = null
        Shots = shots
        Measure = if result.MeasuresReturns then "return" else "success"
        Mean = score.Mean
        Interval = score.Interval
    }

/// The mean return of the tasks that define no success, where others do.
let private returns goals shots (result: EvaluationResult) : Summary list =
    match
        [
            for task in result.Tasks do
                if Double.IsNaN task.SuccessEver then
                    task.Return
        ]
    with
    | [] -> []
    | _ when result.MeasuresReturns -> []
    | returns -> [
        {
            Goals = goals
            Part = null
            Shots = shots
            Measure = "return"
            Mean = List.average returns
            Interval = None
        }
      ]

let private means goals shots result =
    summary goals shots result :: returns goals shots result

/// Of an evaluation and of each of its parts.
let private summaries goals shots (result: EvaluationResult) = [
    yield! means goals shots result
    match result.Parts with
    | null -> ()
    | parts ->
        for part in parts do
            { summary goals shots part.Result with Part = part.Name }
]

let private word (protocol: Protocol) =
    if protocol.AreGoalsKnown then "known" else "test"

let private ofComparison goals shots (evaluation: GoalEvaluation) =
    means goals shots evaluation.Trained @ means "unseen" shots evaluation.Unseen

let private text (protocol: Protocol) (summaries: Summary list) (results: JsonObject) =
    let whole = JsonObject()
    whole["protocol"] <- JsonSerializer.SerializeToNode(protocol, settings)
    whole["summary"] <- JsonSerializer.SerializeToNode(summaries, settings)

    for name in [ for entry in results -> entry.Key ] do
        let value = results[name]
        results.Remove name |> ignore
        whole[name] <- value

    whole.ToJsonString settings + "\n"

let private nodeOf (evaluation: 'evaluation) =
    match JsonSerializer.SerializeToNode(evaluation, settings) with
    | :? JsonObject as node -> node
    | _ -> JsonObject()

let ofResult protocol (result: EvaluationResult) =
    text protocol (summaries (word protocol) protocol.Shots.Head result) (nodeOf result)

/// Of goals that the policy knows, and others.
let ofGoals (protocol: Protocol) (evaluation: GoalEvaluation) =
    text
        { protocol with GoalSeed = Some(int64 evaluation.GoalSeed) }
        (ofComparison "known" 0 evaluation)
        (nodeOf evaluation)

let ofAdapted (protocol: Protocol) (adapted: AdaptedEvaluation list) =
    let goals =
        List.tryPick (fun (each: AdaptedEvaluation) -> Option.ofObj each.Goals) adapted

    let summaries =
        adapted
        |> List.collect (fun each ->
            match each.Goals with
            | null -> means (word protocol) each.Shots each.Result
            | goals -> ofComparison (word protocol) each.Shots goals)

    let results = JsonObject()
    results["adapted"] <- JsonSerializer.SerializeToNode(adapted, settings)

    let seed =
        match goals with
        | Some goals -> Some(int64 goals.GoalSeed)
        | None -> protocol.GoalSeed

    text { protocol with GoalSeed = seed } summaries results
