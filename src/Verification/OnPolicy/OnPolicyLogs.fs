/// Compares the recorded log table of an update with our metrics, and with statistics of its episodes.
module internal MtrlFunctional.Verification.OnPolicyLogs

open MtrlFunctional.Algorithms
open MtrlFunctional.Training
open MtrlFunctional.Verification.OnPolicyGolden
open MtrlFunctional.Verification.Recorded

/// Log names of policy and value function, with our metrics.
let private measured metrics =
    let readings = readings metrics

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

    Array.init lengths.Length (fun e ->
        let steps name =
            Array.sub (part.Numbers name) starts[e] lengths[e]

        let ifHeld name read =
            if part.Has name then Some(read (steps name)) else None

        let rewards = steps "rewards"
        let isTerminal = ifHeld "step_types" (Array.contains 2.0)

        {
            Task = ifHeld "task_id" (Array.head >> int) |> Option.defaultValue 0
            Return = Array.sum rewards
            Discounted = Array.foldBack (fun r next -> r + discount * next) rewards 0.0
            Succeeded = ifHeld "success" (Array.exists ((<>) 0.0))
            Terminated = isTerminal |> Option.defaultValue (lengths[e] < limit)
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
        [ "log/"; "multitask_log"; "mean_undiscounted_return" ]
        |> List.exists name.StartsWith
        && not (name.EndsWith "/Iteration")

    List.filter isLogged update.Names
    |> update.Found far ": not measured here" (named.TryFind >> Option.map Array.singleton)
