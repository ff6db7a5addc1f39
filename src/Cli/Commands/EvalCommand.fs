/// `mtrl eval RUN`: evaluates the policy of a run on separate environments.
module MtrlFunctional.Cli.Commands.EvalCommand

open System
open System.IO
open System.Text.Json
open System.Text.Json.Serialization
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string
    | Episodes of count: int
    | All_Goals
    | Goals of which: string
    | Goal_Seed of seed: int64
    | Infer_Theta of transitions: int
    | Step of step: int64
    | Json of file: string
    | Aggregates of names: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run or of a checkpoint, e.g. runs/quickstart/seed-1, file of a policy (mtrl export), or policy:mt10"
            | Episodes _ -> "episodes per task (default: as in the run)"
            | All_Goals ->
                "one episode with each goal or task state of each task (50 in most benchmarks)"
            | Goals _ ->
                "train: as --all-goals; unseen or unseen:N: these and N goals of each task that it was not trained on (default: 50)"
            | Goal_Seed _ -> "seed of the unseen goals (default: 1,000 above that of the run)"
            | Infer_Theta _ ->
                "first infer the encoding of each task from this many of its transitions, networks frozen"
            | Step _ -> "step of the checkpoint (default: the newest complete one)"
            | Json _ -> "also write the result to a JSON file"
            | Aggregates _ -> Aggregates.usage

/// Not a number, such as the success of a task that defines none, is null.
type private NumberOrNull() =
    inherit JsonConverter<float>()

    override _.Read(_, _, _) =
        raise (NotSupportedException "Evaluations are written only.")

    override _.Write(writer, number, _) =
        if Double.IsFinite number then
            writer.WriteNumberValue number
        else
            writer.WriteNullValue()

let private json (evaluation: 'evaluation) =
    let options =
        JsonSerializerOptions(JsonSerializerDefaults.Web, WriteIndented = true)

    options.Converters.Add(NumberOrNull())

    JsonSerializer.Serialize(evaluation, options) + "\n"

/// From --aggregates, or those of the run.
let private aggregates (options: ParseResults<Options>) =
    match options.TryGetResult Aggregates with
    | Some words -> Aggregates.read words
    | None -> (RunEvaluation.ExperimentOf(options.GetResult Run)).Logging.Aggregates

/// Goals of the episodes.
type private Goals =
    /// Drawn from those of training.
    | Drawn
    | EachTrained
    /// These, and others.
    | WithUnseen of UnseenGoals

let private unseen (which: string) (seed: int64 option) =
    let count =
        match which.Split(':', 2) with
        | [| "unseen" |] -> Some MtrlFunctional.Tasks.Goals.count
        | [| "unseen"; count |] ->
            match Int32.TryParse count with
            | true, count when 1 <= count && count <= 10_000 -> Some count
            | _ -> None
        | _ -> None

    match count, seed with
    | None, _ ->
        raise (
            MtrlException
                $"--goals {which}: must be train, unseen, or unseen:N with a number of goals of each task, from 1 to 10,000."
        )
    | Some _, Some seed when seed < 0L || seed > int64 UInt32.MaxValue ->
        raise (MtrlException $"--goal-seed {seed}: must be from 0 to {UInt32.MaxValue}.")
    | Some count, seed -> UnseenGoals(count, seed |> Option.map uint32 |> Option.toNullable)

let private goals (options: ParseResults<Options>) =
    match options.TryGetResult Goals, options.TryGetResult Goal_Seed with
    | Some _, _ when options.Contains All_Goals ->
        raise (MtrlException "--all-goals and --goals: both choose the goals; give one of them.")
    | None, None when options.Contains All_Goals -> EachTrained
    | None, None -> Drawn
    | Some "train", None -> EachTrained
    | Some which, seed when which <> "train" -> WithUnseen(unseen which seed)
    | _ -> raise (MtrlException "--goal-seed: is the seed of unseen goals; use --goals unseen.")

let private check (goals: Goals) (options: ParseResults<Options>) =
    if goals <> Drawn && options.Contains Episodes then
        raise (
            MtrlException
                "--all-goals or --goals, and --episodes: both set the number of episodes; give one of them."
        )

    if goals.IsWithUnseen && options.Contains Infer_Theta then
        raise (
            MtrlException
                "--goals unseen and --infer-theta: the tasks of Meta-World are known by their index; give one of them."
        )

    options.TryGetResult Episodes
    |> Option.iter (fun count ->
        if count < 1 then
            raise (MtrlException $"--episodes {count}: must be at least 1."))

    options.TryGetResult Infer_Theta
    |> Option.iter (fun transitions ->
        if transitions < 1 then
            raise (MtrlException $"--infer-theta {transitions}: must be at least 1."))

/// The table and the JSON text of an evaluation.
let private evaluate (goals: Goals) (options: ParseResults<Options>) aggregates stop =
    let run = options.GetResult Run

    let settings =
        EvaluationOptions(
            Episodes = Option.toNullable (options.TryGetResult Episodes),
            Step = Option.toNullable (options.TryGetResult Step),
            AllGoals = goals.IsEachTrained,
            InferFrom = Option.toNullable (options.TryGetResult Infer_Theta),
            Notice = Action<string> TrainingSession.notice
        )

    match goals with
    | WithUnseen unseen ->
        let evaluation = RunEvaluation.CompareGoals(run, unseen, settings, stop)
        GoalTable.text aggregates evaluation, json evaluation
    | Drawn
    | EachTrained ->
        let evaluation = RunEvaluation.Evaluate(run, settings, stop)
        EvaluationTable.text aggregates evaluation, json evaluation

/// Ctrl-C ends an evaluation without a result.
let private run (options: ParseResults<Options>) =
    let goals = goals options
    check goals options
    let file = options.TryGetResult Json |> Option.map (Command.checkedFile "--json")
    let aggregates = aggregates options
    use stopping = new StopSignals(ignoreHangup = false)

    try
        let table, json = evaluate goals options aggregates stopping.Token
        printf "%s" table
        file |> Option.iter (fun file -> File.WriteAllText(file, json))

        ExitCode.Done
    with :? OperationCanceledException ->
        stopping.ExitCode

let command =
    Command.define
        "eval"
        "Evaluates the policy of a run on separate environments."
        [
            "mtrl eval runs/quickstart/seed-1"
            "mtrl eval runs/quickstart/seed-1 --episodes 50 --json result.json"
            "mtrl eval policy:mt10 --all-goals"
            "mtrl eval policy:mt10 --goals unseen:50 --goal-seed 7"
            "mtrl eval runs/hipbmdp/seed-1 --infer-theta 1000"
            "mtrl eval runs/fast-mt10/seed-1 --all-goals --aggregates median,worst"
        ]
        run
