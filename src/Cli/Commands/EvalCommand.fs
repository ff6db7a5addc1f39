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
    | Infer_Theta of transitions: int
    | Step of step: int64
    | Json of file: string
    | Aggregates of names: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1, file of a policy (mtrl export), or policy:mt10"
            | Episodes _ -> "episodes per task (default: as in the run)"
            | All_Goals ->
                "one episode with each goal or task state of each task (50 in most benchmarks)"
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

let private json (evaluation: EvaluationResult) =
    let options =
        JsonSerializerOptions(JsonSerializerDefaults.Web, WriteIndented = true)

    options.Converters.Add(NumberOrNull())

    JsonSerializer.Serialize(evaluation, options) + "\n"

/// From --aggregates, or those of the run.
let private aggregates (options: ParseResults<Options>) =
    match options.TryGetResult Aggregates with
    | Some words -> Aggregates.read words
    | None -> (RunEvaluation.ExperimentOf(options.GetResult Run)).Logging.Aggregates

/// Ctrl-C ends an evaluation without a result.
let private evaluate (stopping: StopSignals) (options: ParseResults<Options>) =
    RunEvaluation.Evaluate(
        options.GetResult Run,
        EvaluationOptions(
            Episodes = Option.toNullable (options.TryGetResult Episodes),
            Step = Option.toNullable (options.TryGetResult Step),
            AllGoals = options.Contains All_Goals,
            InferFrom = Option.toNullable (options.TryGetResult Infer_Theta),
            Notice = Action<string> TrainingSession.notice
        ),
        stopping.Token
    )

let private run (options: ParseResults<Options>) =
    if options.Contains All_Goals && options.Contains Episodes then
        raise (
            MtrlException
                "--all-goals and --episodes: both set the number of episodes; give one of them."
        )

    options.TryGetResult Episodes
    |> Option.iter (fun count ->
        if count < 1 then
            raise (MtrlException $"--episodes {count}: must be at least 1."))

    options.TryGetResult Infer_Theta
    |> Option.iter (fun transitions ->
        if transitions < 1 then
            raise (MtrlException $"--infer-theta {transitions}: must be at least 1."))

    let file = options.TryGetResult Json |> Option.map (Command.checkedFile "--json")
    let aggregates = aggregates options
    use stopping = new StopSignals(ignoreHangup = false)

    try
        let evaluation = evaluate stopping options
        printf "%s" (EvaluationTable.text aggregates evaluation)

        file |> Option.iter (fun file -> File.WriteAllText(file, json evaluation))

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
            "mtrl eval runs/hipbmdp/seed-1 --infer-theta 1000"
            "mtrl eval runs/fast-mt10/seed-1 --all-goals --aggregates median,worst"
        ]
        run
