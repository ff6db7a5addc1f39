/// Plays episodes of a rollout and reports the progress of each task after each step.
///
/// Reading order: EpisodeProgress → steps → episode.
module MtrlFunctional.Cli.Show.Play

open MtrlFunctional.Training

/// Physics runs 80 actions in a second.
let stepsPerSecond = 80.0

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
}

let private start = { Step = 0; Reward = 0.0; Return = 0.0; Success = false; FirstSuccess = None }

let private after (rollout: Rollout) task before =
    let environments = rollout.Environments
    let step = before.Step + 1
    let success = environments.Success[task]
    // After a physics error the environment starts a new episode; return and success are kept.
    let reward = environments.Environments[task].Reward

    {
        Step = step
        Reward = reward
        Return = before.Return + reward
        Success = success
        FirstSuccess = before.FirstSuccess |> Option.orElse (if success then Some step else None)
    }

/// Plays `count` steps of an episode in all tasks; calls `onStep` with the progress of all tasks
/// after each step. Returns the progress after the last step.
let steps count (rollout: Rollout) episode (onStep: EpisodeProgress[] -> unit) =
    rollout.Begin episode

    let next (before: EpisodeProgress[]) (_: int) =
        rollout.Step()
        let now = before |> Array.mapi (after rollout)
        onStep now
        now

    Seq.fold next (Array.create rollout.Environments.Count start) (seq { 1..count })

/// Plays a whole episode.
let episode (rollout: Rollout) =
    steps rollout.Environments.Spec.Horizon rollout
