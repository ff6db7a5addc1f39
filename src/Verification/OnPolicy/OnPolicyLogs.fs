/// Compares the recorded log table of an update with our metrics, and with statistics of its episodes.
module internal MtrlFunctional.Verification.OnPolicyLogs

open MtrlFunctional.Algorithms
open MtrlFunctional.Training
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

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

/// Sums of an episode.
type private Episode = {
    Task: int
    Return: float
    /// Σ γᵗ r from its start on.
    Discounted: float
    /// Whether any step succeeded; None: the file records no success.
    Succeeded: bool option
    /// Whether it ended before its time limit.
    Terminated: bool
}

/// Statistics over episodes with equal weight, as garage logs them; all but the count are NaN where there are none.
let private summary (episodes: Episode[]) =
    let over pick values =
        if Array.isEmpty values then nan else pick values

    let mean of' =
        episodes |> Array.map of' |> over Array.average

    let returns, average = episodes |> Array.map _.Return, mean _.Return

    [
        "NumEpisodes", float episodes.Length
        "AverageDiscountedReturn", mean _.Discounted
        "AverageReturn", average
        "StdReturn", sqrt (mean (fun e -> (e.Return - average) ** 2.0))
        "MaxReturn", over Array.max returns
        "MinReturn", over Array.min returns
        "TerminationRate", mean (_.Terminated >> flag)
        if episodes |> Array.forall _.Succeeded.IsSome then
            "SuccessRate", mean (fun e -> flag (e.Succeeded = Some true))
    ]

let private episodes (part: Quantities) discount =
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

    let named =
        Map [
            for name, value in summary episodes do
                $"log/Evaluation/{name}", value
                $"multitask_log/Average/{name}", value
                $"multitask_log_named/Average/{name}", value

                if name = "AverageReturn" then
                    "mean_undiscounted_return", value
            for task in 0..99 do
                for name, value in episodes |> Array.filter (fun e -> e.Task = task) |> summary do
                    $"multitask_log_named/task-%02d{task}/{name}", value
            for name, value in measured metrics do
                $"log/{name}", value
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
