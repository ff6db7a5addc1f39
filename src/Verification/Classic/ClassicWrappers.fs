/// Replays of MTEnv's wrappers (golden kinds "mtenv/wrappers_cartpole" and
/// "mtenv/normalized_env_wrapper").
module internal MtrlFunctional.Verification.ClassicWrappers

open System.Globalization
open System.Text.RegularExpressions
open MtrlFunctional.Storage
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Training

let private rounding = 1e-12

/// Five steps with actions t mod 2 of each picked task.
let private cartPole (file: SafetensorsFile) = [
    for at in [ "ntasks/"; "ntasksid/" ] do
        let read name = file.ReadDoubles(at + name)

        let check name =
            Check.relative file.Path rounding (at + name) (read name)

        let tasks = read "tasks" |> Array.chunkBySize 5
        let picked = read "picked_ids" |> Array.map int
        let starts = read "init_states" |> Array.chunkBySize 4
        let rules = CartPole.rules

        let episode id start =
            (rules.StateOf start, seq { 0..4 })
            ||> Seq.scan (fun state t -> CartPole.move (rules.TaskOf tasks[id]) state (t % 2))
            |> Seq.tail
            |> Seq.map rules.NumbersOf
            |> Array.concat

        check "env_obs_5steps" (Array.map2 episode picked starts |> Array.concat)

        if at = "ntasks/" then
            check "task_obs" (picked |> Array.collect (fun id -> rules.ObserveTask tasks[id]))
        else
            check "task_obs" (Array.map float picked)
]

/// The parameters of a recorded configuration: those of the text, else MTEnv's defaults.
type private Parameters = {
    RewardScale: float
    ActionScale: float
    ObsRate: float
    RewardRate: float
    NormalisesObs: bool
}

let private standard = {
    RewardScale = 1.0
    ActionScale = 1.0
    ObsRate = 0.001
    RewardRate = 0.001
    NormalisesObs = false
}

let private parametersOf (text: string) =
    let number name =
        let found = Regex.Match(text, name + @" ([\d.]+)")
        System.Double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)

    {
        RewardScale = number "scale_reward"
        ActionScale = number "expected_action_scale"
        ObsRate = number "obs_alpha"
        RewardRate = number "reward_alpha"
        NormalisesObs = true
    }

let private normalised (file: SafetensorsFile) =
    let low, high = file.ReadDoubles "action_low", file.ReadDoubles "action_high"
    let raw = file.ReadDoubles "raw_obs" |> Array.chunkBySize 3

    let checks at parameters =
        let check name =
            Check.relative file.Path rounding (at + name) (file.ReadDoubles(at + name))

        let along step start numbers = numbers |> Array.mapFold step start

        let obs, obsStatistics =
            if parameters.NormalisesObs then
                raw
                |> along
                    (NormalizedEnv.observation parameters.ObsRate)
                    (NormalizedEnv.noObservations 3)
            else
                raw, NormalizedEnv.noObservations 3

        let rewards, rewardStatistics =
            file.ReadDoubles "raw_rewards"
            |> along
                (NormalizedEnv.reward parameters.RewardRate parameters.RewardScale)
                RewardNormalization.noRewards

        let actions =
            file.ReadDoubles "actions"
            |> Array.mapi (fun i a ->
                NormalizedEnv.action parameters.ActionScale low[i % 2] high[i % 2] a)

        [
            check "reset_obs" obs[0]
            check "obs" (Array.concat obs[1..])
            check "rewards" rewards
            check "scaled_actions" actions
            check "final_obs_mean" (obsStatistics |> Array.map _.Mean)
            check "final_obs_var" (obsStatistics |> Array.map _.Variance)
            check "final_reward_mean_var" [| rewardStatistics.Mean; rewardStatistics.Variance |]
        ]

    checks "reward_only/" standard
    @ checks "both_scaled/" (parametersOf file.Metadata["second_config"])

/// Golden kinds and their replays.
let kinds = [
    "mtenv/wrappers_cartpole", cartPole
    "mtenv/normalized_env_wrapper", normalised
]
