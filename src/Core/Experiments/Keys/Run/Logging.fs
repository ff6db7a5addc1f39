namespace MtrlFunctional.Experiments

open System
open MtrlFunctional.Statistics

/// How a metric is written.
[<RequireQualifiedAccess>]
type MetricFormat =
    | Int
    | Float
    | Time
    | Text

/// A column of the training or evaluation log.
type LoggedMetric = {
    /// Ends in "_": one column per task.
    Key: string
    /// Its name on the line; none: only in files.
    Abbreviation: string option
    Format: MetricFormat
    /// The original's word, "average" or "constant", which nothing here reads: numbers of a line are means.
    Aggregation: string
}

/// `logger.*` and `metrics.*`.
type Logging = {
    /// Write TensorBoard events.
    TensorBoard: bool
    /// Address of an MLflow server that receives the records, such as http://127.0.0.1:5000.
    Mlflow: string option
    /// Columns of `train.log`, in order.
    TrainMetrics: LoggedMetric list
    EvalMetrics: LoggedMetric list
    /// Aggregates over tasks in display, evaluations and reports.
    Aggregates: TaskAggregate list
}

module internal Logging =
    open Schema

    let private format =
        Codec.oneOf [
            "int", MetricFormat.Int
            "float", MetricFormat.Float
            "time", MetricFormat.Time
            "str", MetricFormat.Text
        ]

    let private aggregation = Codec.part [ "average"; "constant" ] id

    let private metric =
        let abbreviation = Codec.optional Codec.name

        let read =
            function
            | Value.List [ name; short; kind; how ] ->
                match
                    Codec.name.Read name,
                    abbreviation.Read short,
                    format.Read kind,
                    aggregation.Read how
                with
                | Some name, Some short, Some kind, Some how ->
                    Some { Key = name; Abbreviation = short; Format = kind; Aggregation = how }
                | _ -> None
            | _ -> None

        let write (m: LoggedMetric) =
            Value.List [
                Value.Text m.Key
                abbreviation.Write m.Abbreviation
                format.Write m.Format
                aggregation.Write m.Aggregation
            ]

        Codec.create "[name, abbreviation or null, int/float/time/str, average/constant]" read write

    let private address =
        Codec.name
        |> Codec.only
            "the address of a server, http://… or https://…, without what a page of it has behind # or ?"
            (fun text ->
                match Uri.TryCreate(text, UriKind.Absolute) with
                | true, NonNull uri ->
                    (uri.Scheme = Uri.UriSchemeHttp || uri.Scheme = Uri.UriSchemeHttps)
                    && uri.Query = ""
                    && uri.Fragment = ""
                    && uri.UserInfo = ""
                | _ -> false)

    let private average format short name = {
        Key = name
        Abbreviation = Option.ofObj short
        Format = format
        Aggregation = "average"
    }

    let private number = average MetricFormat.Float

    let private index short name = {
        average MetricFormat.Text short name with
            Aggregation = "constant"
    }

    /// Only in files.
    let private hidden (names: string) = [ for name in names.Split ' ' -> number null name ]

    let private episode = average MetricFormat.Int "E" RunMetrics.Episode
    let private step = average MetricFormat.Int "S" RunMetrics.Step

    let private perTask = [
        number "R_" RunRecord.Return
        number "Su_" RunRecord.SuccessEver
        index "ENV_" RunRecord.Task
    ]

    let private training = [
        episode
        step
        average MetricFormat.Time "D" RunMetrics.Duration
        number "R" RunMetrics.EpisodeReward
        number "Su" RunMetrics.Success
        number "BR" "batch_reward"
        number "ALOSS" "actor_loss"
        number "CLOSS" "critic_loss"
        number "PLOSS" "policy_loss"
        number "VLOSS" "value_loss"
        number "KL" "kl"
        number "H" "entropy"
        number "RLOSS" "ae_loss"
        yield! hidden "ae_transition_loss reward_loss actor_target_entropy actor_entropy"
        yield! hidden "alpha_loss alpha_value"
        number "MLOSS" "contrastive_loss"
        number "MR" "max_rat"
        index "ENV" "env_index"
        yield! perTask
        yield! hidden "batch_reward_agent_index_"
        number "AGENT_" "critic_loss_agent_index_"
        yield! hidden "actor_distilled_agent_loss_agent_index_ actor_loss_agent_index_"
        yield! hidden "actor_target_entropy_agent_index_ actor_entropy_agent_index_"
        yield! hidden "alpha_loss_agent_index_ alpha_value_agent_index_ ae_loss_agent_index_"
    ]

    let private evaluation = [
        episode
        step
        number "R" RunMetrics.EpisodeReward
        index "ENV" "env_index"
        number "Su" RunMetrics.Success
        yield! perTask
        number "AGENT_" "batch_reward_agent_index_"
    ]

    /// Names of all columns that a log has by default.
    let usualColumns = [ for column in training @ evaluation -> column.Key ]

    /// DM Control has no success.
    let private columns metrics =
        bySetup
            (is metrics)
            (is (metrics |> List.filter (fun m -> not (m.Key.StartsWith RunMetrics.Success))))

    let private logbook name =
        ignored "there is no logbook here" $"logbook.{name}"

    let schema =
        record [
            ignored "setup.save_dir decides" "logger.logger_dir" Codec.text (like "setup.save_dir")
            <| "folder of the logs"

            key "logger.use_tb" Codec.flag (is true) _.TensorBoard
            <| "write TensorBoard events (originally: false)"

            orNull "logger.mlflow" address _.Mlflow
            <| "MLflow server that receives the records, such as http://127.0.0.1:5000. Ours"

            logbook "write_to_console" Codec.flag (is false) <| "echo of the logbook"

            logbook "logger_dir" Codec.text (like "setup.save_dir")
            <| "folder of the logbook"

            logbook "create_multiple_log_files" Codec.flag (is false)
            <| "a logbook file per kind"

            key "metrics.train" (Codec.list metric) (columns training) _.TrainMetrics
            <| "columns of train.log in order: [name, abbreviation or null, int/float/time/str, average/constant]; a name that ends in _ stands for one column a task; the last word has no effect, docs/reference/metrics.md says what numbers are"

            key "metrics.eval" (Codec.list metric) (columns evaluation) _.EvalMetrics
            <| "columns of the evaluation lines"

            key
                "logger.aggregates"
                (Codec.list (Codec.oneOf TaskAggregate.byName))
                (is (List.map snd TaskAggregate.byName))
                _.Aggregates
            <| "aggregates over tasks in display, eval and report; metrics.jsonl has all of them. Ours"
        ]
