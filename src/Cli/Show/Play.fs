/// Plays episodes of a rollout and reports the progress of each task after each step.
///
/// Reading order: EpisodeProgress → steps → episode.
module MtrlFunctional.Cli.Show.Play

open MtrlFunctional.Training

/// Actions in a simulated second: 80 in Meta-World.
let stepsPerSecond (rollout: Rollout) =
    1.0 / (rollout.Environments.Rendered 0).StepSeconds

/// State of one task's episode after a step.
type EpisodeProgress = {
    /// Steps done, from 1.
    Step: int
    Reward: float
    /// Sum of the rewards so far.
    Return: float
    /// At this step.
    Success: bool
    /// The step of the first success.
    FirstSuccess: int option
    DefinesSuccess: bool
    /// The episode ended, perhaps before the last step: what follows is of the next one, and is not counted.
    IsOver: bool
}

/// How many tasks an episode solved at any step.
let solved (tasks: EpisodeProgress[]) =
    tasks |> Array.filter _.FirstSuccess.IsSome |> Array.length

let private start (rollout: Rollout) task = {
    Step = 0
    Reward = 0.0
    Return = 0.0
    Success = false
    FirstSuccess = None
    DefinesSuccess = rollout.Environments.Environments[task].Success.HasValue
    IsOver = false
}

let private after (rollout: Rollout) task before =
    let environments = rollout.Environments
    let step = before.Step + 1

    if before.IsOver then
        { before with Step = step }
    else
        let success = environments.Success[task]
        let reward = environments.Environments[task].Reward

        {
            before with
                Step = step
                Reward = reward
                Return = before.Return + reward
                Success = success
                FirstSuccess =
                    before.FirstSuccess |> Option.orElse (if success then Some step else None)
                IsOver = environments.Ended task
        }

/// Plays at most `count` steps of an episode in all tasks, up to the end of the last that goes on; calls `onStep` with the
/// progress of all tasks after each step. Returns the progress after the last step.
let steps count (rollout: Rollout) episode (onStep: EpisodeProgress[] -> unit) =
    rollout.Begin episode

    let rec goOn (before: EpisodeProgress[]) =
        if before[0].Step = count || Array.forall _.IsOver before then
            before
        else
            rollout.Step()
            let now = before |> Array.mapi (after rollout)
            onStep now
            goOn now

    goOn (Array.init rollout.Environments.Count (start rollout))

let episode (rollout: Rollout) =
    steps rollout.Environments.Spec.Horizon rollout
