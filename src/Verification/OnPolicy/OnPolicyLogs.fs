/// Compares the recorded log table of an update with our metrics.
module internal MtrlFunctional.Verification.OnPolicyLogs

open MtrlFunctional.Algorithms
open MtrlFunctional.Training
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

/// Log names of policy and value function, with our metrics.
let private measured (readings: Reading[]) =
    let value name =
        readings
        |> Array.tryFind (fun r -> r.Metric = name)
        |> Option.fold (fun _ r -> r.Number) nan

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

/// Sums over the episodes of a part.
let private episodes (part: Quantities) discount : Performance.EpisodeSummary[] =
    let lengths, limit = part.Ints "lengths", stepsOf part
    let starts = Array.scan (+) 0 lengths

    let split name =
        Array.map2 (Array.sub (part.Numbers name)) starts[.. lengths.Length - 1] lengths

    let optional name =
        if part.Has name then Some(split name) else None

    let rewards, success, types, tasks =
        split "rewards", optional "success", optional "step_types", optional "task_id"

    Array.init lengths.Length (fun e -> {
        Task = tasks |> Option.fold (fun _ tasks -> int (Array.head tasks[e])) 0
        Return = Array.sum rewards[e]
        Discounted = Array.foldBack (fun r next -> r + discount * next) rewards[e] 0.0
        Succeeded = success |> Option.map (fun steps -> steps[e] |> Array.exists ((<>) 0.0))
        Terminated =
            types
            |> Option.fold (fun _ steps -> Array.contains 2.0 steps[e]) (lengths[e] < limit)
    })

/// Checks of all values logged in an update on episodes.
let verify discount (from: Quantities) (update: Quantities) metrics =
    let episodes = episodes from discount
    let all = Performance.summary episodes

    let named =
        [
            for name, value in summarised all do
                $"log/Evaluation/{name}", value
                $"multitask_log/Average/{name}", value
                $"multitask_log_named/Average/{name}", value
            for task, summary in Array.indexed (Performance.perTask 100 episodes) do
                for name, value in summarised summary do
                    $"multitask_log_named/task-%02d{task}/{name}", value
            for name, value in measured (Metrics.read metrics) do
                $"log/{name}", value
            "mean_undiscounted_return", all.AverageReturn
        ]
        |> Map.ofList

    let isLogged (name: string) =
        List.exists (fun (s: string) -> name.StartsWith s) [ "log/"; "multitask_log" ]
        || name = "mean_undiscounted_return"

    [
        for name in update.Names do
            if isLogged name && not (name.EndsWith "/Iteration") then
                match named.TryFind name with
                | Some value -> update.Check far name [| value |]
                | None -> update.Impossible $"{update.At}{name}: not measured here"
    ]
