namespace Mtrl.Statistics

open System.Text.Json

/// One line of `metrics.jsonl`.
type RunRecord = {
    /// "train" or "eval".
    Mode: string
    /// Vector steps of training.
    Step: float
    Numbers: Map<string, float>
    Texts: Map<string, string>
}

/// Reading the lines, and the names of what they hold.
module RunRecord =
    [<Literal>]
    let Train = "train"

    [<Literal>]
    let Eval = "eval"

    /// Prefixes of the measurements per task, followed by the task's index.
    [<Literal>]
    let SuccessEver = "success_env_index_"

    [<Literal>]
    let SuccessAtEnd = "success_at_end_env_index_"

    [<Literal>]
    let Return = "episode_reward_env_index_"

    /// The task's name.
    [<Literal>]
    let Task = "env_index_"

    /// A line as a record; none where it is no JSON object with a mode and a step, as the last line
    /// of a run that was killed may be.
    let parse (line: string) =
        try
            use document = JsonDocument.Parse line

            let fields = [
                for field in document.RootElement.EnumerateObject() -> field.Name, field.Value
            ]

            let numbers =
                Map [
                    for name, value in fields do
                        if value.ValueKind = JsonValueKind.Number then
                            name, value.GetDouble()
                ]

            let texts =
                Map [
                    for name, value in fields do
                        if value.ValueKind = JsonValueKind.String then
                            name, string (value.GetString())
                ]

            match Map.tryFind "mode" texts, Map.tryFind "step" numbers with
            | Some mode, Some step ->
                Some { Mode = mode; Step = step; Numbers = numbers; Texts = texts }
            | _ -> None
        with
        | :? JsonException
        | :? System.InvalidOperationException -> None

    /// Tasks in the order of their indices.
    let tasks (records: RunRecord list) =
        records
        |> List.collect (fun r -> Map.toList r.Texts)
        |> List.choose (fun (key, name) ->
            match
                key.StartsWith Task,
                System.Int32.TryParse(key.Substring(min key.Length Task.Length))
            with
            | true, (true, index) -> Some(index, name)
            | _ -> None)
        |> List.distinctBy fst
        |> List.sortBy fst

    /// A measurement over the steps of one mode.
    let curve mode key (records: RunRecord list) = [|
        for r in records do
            match r.Mode = mode, Map.tryFind key r.Numbers with
            | true, Some value -> struct (r.Step, value)
            | _ -> ()
    |]
