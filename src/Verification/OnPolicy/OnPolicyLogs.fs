/// Compares the recorded log table of an update with our metrics.
module internal MtrlFunctional.Verification.OnPolicyLogs

open MtrlFunctional.Algorithms
open MtrlFunctional.Storage

/// Log names of policy and value function, with the names of our metrics.
let private measured (readings: Reading[]) =
    let value name =
        readings
        |> Array.tryFind (fun r -> r.Metric = name)
        |> Option.map _.Number
        |> Option.defaultValue nan

    [
        for place, loss in
            [ "GaussianMLPPolicy", "policy_loss"; "GaussianMLPValueFunction", "value_loss" ] do
            $"{place}/LossBefore", value $"{loss}_before"
            $"{place}/LossAfter", value loss
            $"{place}/dLoss", value $"{loss}_before" - value loss
        "GaussianMLPPolicy/KLBefore", value "kl_before"
        "GaussianMLPPolicy/KL", value "kl"
        "GaussianMLPPolicy/Entropy", value "entropy"
    ]

/// A summary under garage's names.
let private summarised (summary: Performance.Summary) = [
    "NumEpisodes", float summary.Episodes
    "AverageDiscountedReturn", summary.AverageDiscountedReturn
    "AverageReturn", summary.AverageReturn
    "StdReturn", summary.StdReturn
    "MaxReturn", summary.MaxReturn
    "MinReturn", summary.MinReturn
    "TerminationRate", summary.TerminationRate
    for rate in Option.toList summary.SuccessRate do
        "SuccessRate", rate
]

/// Sums over the episodes under a prefix.
let private episodes (file: SafetensorsFile) discount prefix : Performance.EpisodeSummary[] =
    let lengths = file.ReadLongs $"{prefix}lengths" |> Array.map int
    let starts = Array.scan (+) 0 lengths
    let rewards = file.ReadDoubles $"{prefix}rewards"

    let optional name =
        if file.Contains $"{prefix}{name}" then
            Some(file.ReadDoubles $"{prefix}{name}")
        else
            None

    let success, types, tasks =
        optional "success", optional "step_types", optional "task_id"

    let limit = int (OnPolicyGolden.number file "max_episode_length")

    [|
        for e in 0 .. lengths.Length - 1 do
            let part (numbers: float[]) = Array.sub numbers starts[e] lengths[e]
            let rewards = part rewards

            {
                Task =
                    tasks |> Option.map (fun tasks -> int tasks[starts[e]]) |> Option.defaultValue 0
                Return = Array.sum rewards
                Discounted = Array.foldBack (fun r next -> r + discount * next) rewards 0.0
                Succeeded = success |> Option.map (part >> Array.exists ((<>) 0.0))
                Terminated =
                    match types with
                    | Some types -> part types |> Array.contains 2.0
                    | None -> lengths[e] < limit
            }
    |]

/// Checks of all values logged under `prefix` for the episodes under `from`.
let verify (file: SafetensorsFile) tolerance discount from prefix (readings: Reading[]) =
    let episodes = episodes file discount from

    let named =
        [
            for name, value in summarised (Performance.summary episodes) do
                $"log/Evaluation/{name}", value
                $"multitask_log/Average/{name}", value
                $"multitask_log_named/Average/{name}", value
            for task, summary in Array.indexed (Performance.perTask 100 episodes) do
                for name, value in summarised summary do
                    $"multitask_log_named/task-%02d{task}/{name}", value
            for name, value in measured readings do
                $"log/{name}", value
            "mean_undiscounted_return", (Performance.summary episodes).AverageReturn
        ]
        |> dict

    [
        for name in file.Names do
            let short =
                if name.StartsWith(prefix: string) then
                    name.Substring prefix.Length
                else
                    ""

            let logs =
                short.StartsWith "log/"
                || short.StartsWith "multitask_log"
                || short = "mean_undiscounted_return"

            if logs && not (short.EndsWith "/Iteration") then
                match named.TryGetValue short with
                | true, value ->
                    Check.absolute file.Path tolerance name (file.ReadDoubles name) [| value |]
                | _ -> Check.impossible file.Path $"{name}: not measured here"
    ]
