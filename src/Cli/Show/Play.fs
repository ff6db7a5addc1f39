/// Plays episodes of a rollout and says after each step how they go.
///
/// Reading order: EpisodeProgress → episode.
module Mtrl.Cli.Show.Play

open MtrlFunctional.Training

/// Physics runs 80 actions in a second.
let stepsPerSecond = 80.0

/// One task at one step of its episode.
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
    // Where the physics failed, a new episode begins; what was won before still counts.
    let reward = environments.Environments[task].Reward

    {
        Step = step
        Reward = reward
        Return = before.Return + reward
        Success = success
        FirstSuccess = before.FirstSuccess |> Option.orElse (if success then Some step else None)
    }

/// Plays `steps` steps of an episode in all tasks; `watch` is told the moments of all tasks after
/// each step. Returns the last ones.
let steps count (rollout: Rollout) episode (watch: EpisodeProgress[] -> unit) =
    rollout.Begin episode

    let next (moments: EpisodeProgress[]) (_: int) =
        rollout.Step()
        let now = moments |> Array.mapi (after rollout)
        watch now
        now

    Seq.fold next (Array.create rollout.Environments.Count start) (seq { 1..count })

/// A whole episode.
let episode (rollout: Rollout) =
    steps rollout.Environments.Spec.Horizon rollout
