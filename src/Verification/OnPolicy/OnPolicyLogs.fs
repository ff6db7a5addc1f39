/// Compares the recorded log table of an update with our metrics.
module internal MtrlFunctional.Verification.OnPolicyLogs

open MtrlFunctional.Algorithms
open MtrlFunctional.Training
open MtrlFunctional.Verification.OnPolicyGolden

/// Log names of policy and value function, with our metrics.
let private measured metrics =
    let readings = Map [ for r in Metrics.read metrics -> r.Metric, r.Number ]

    let value name =
        readings.TryFind name |> Option.defaultValue nan

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

    /// The numbers of an episode, where the file has them.
    let steps name e =
        if part.Has name then
            Some(Array.sub (part.Numbers name) starts[e] lengths[e])
        else
            None

    Array.init lengths.Length (fun e ->
        let rewards = (steps "rewards" e).Value

        {
            Task = steps "task_id" e |> Option.fold (fun _ tasks -> int tasks[0]) 0
            Return = Array.sum rewards
            Discounted = Array.foldBack (fun r next -> r + discount * next) rewards 0.0
            Succeeded = steps "success" e |> Option.map (Array.exists ((<>) 0.0))
            Terminated =
                steps "step_types" e
                |> Option.fold (fun _ types -> Array.contains 2.0 types) (lengths[e] < limit)
        })

/// Checks of all values logged in an update on episodes.
let verify discount (from: Quantities) (update: Quantities) metrics =
    let episodes = episodes from discount
    let all = Performance.summary episodes

    let named =
        Map [
            for name, value in summarised all do
                $"log/Evaluation/{name}", value
                $"multitask_log/Average/{name}", value
                $"multitask_log_named/Average/{name}", value
            for task, summary in Array.indexed (Performance.perTask 100 episodes) do
                for name, value in summarised summary do
                    $"multitask_log_named/task-%02d{task}/{name}", value
            for name, value in measured metrics do
                $"log/{name}", value
            "mean_undiscounted_return", all.AverageReturn
        ]

    let isLogged (name: string) =
        name.StartsWith "log/"
        || name.StartsWith "multitask_log"
        || name = "mean_undiscounted_return"

    [
        for name in update.Names do
            if isLogged name && not (name.EndsWith "/Iteration") then
                match named.TryFind name with
                | Some value -> update.Check far name [| value |]
                | None -> update.Impossible $"{update.At}{name}: not measured here"
    ]
