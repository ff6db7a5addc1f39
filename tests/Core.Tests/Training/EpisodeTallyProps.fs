module MtrlFunctional.Tests.Training.EpisodeTallyProps

open Expecto
open System
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Training

/// What one step gives; null: the task defines no success.
type Outcome = { Reward: int; Success: Nullable<bool> }

/// Rewards are whole numbers, which add up exactly.
type Played =
    static member Outcome() =
        gen {
            let! reward = Gen.choose (-100, 100)
            let! success = Gen.elements [ true; false; false ]
            return { Reward = reward; Success = Nullable success }
        }
        |> Arb.fromGen

let ``tallies of episodes`` = [
    let law name = testLaw 300 [ typeof<Played> ] name

    let play outcomes =
        outcomes
        |> List.fold
            (fun e outcome -> RunningEpisode.step (float outcome.Reward) outcome.Success e)
            RunningEpisode.start

    let tally episodes =
        episodes
        |> List.fold
            (fun t e -> TaskTally.finish (EpisodeSums.ofEpisode (play e)) t)
            TaskTally.start

    let same (a: float) (b: float) =
        a = b || Double.IsNaN a && Double.IsNaN b

    let isMeanOf (episodes: Outcome list list) (means: EpisodeMeans) =
        let average (of': Outcome list -> float) =
            if episodes.IsEmpty then
                nan
            else
                episodes |> List.averageBy of'

        let succeeded outcome = outcome.Success = Nullable true
        let number flag = if flag then 1.0 else 0.0

        same means.Return (average (List.sumBy (fun o -> float o.Reward)))
        && same means.Ever (average (List.exists succeeded >> number))
        && same means.AtEnd (average (List.last >> succeeded >> number))

    let whole (episodes: Outcome list list) =
        episodes |> List.filter (List.isEmpty >> not)

    law "are means over the episodes with a step" (fun (episodes: Outcome list list) ->
        let found = tally episodes

        found.Finished = int64 (whole episodes).Length
        && EpisodeSums.means found.Interval |> isMeanOf (whole episodes))

    law "a task without success has a return and no rate" (fun (rewards: int list) ->
        let episode =
            rewards
            |> List.fold
                (fun e r -> RunningEpisode.step (float r) (Nullable()) e)
                RunningEpisode.start

        let means = EpisodeSums.means (EpisodeSums.ofEpisode episode)

        Double.IsNaN means.Ever
        && Double.IsNaN means.AtEnd
        && (rewards.IsEmpty || means.Return = float (List.sum rewards)))

    law
        "adding is associative, commutative and has none as its zero"
        (fun (a: Outcome list list) b c ->
            let a, b, c = (tally a).Interval, (tally b).Interval, (tally c).Interval
            let (+) = EpisodeSums.add

            a + b + c = a + (b + c) && a + b = b + a && a + EpisodeSums.none = a)

    law "a line starts the next interval and counts on" (fun before after ->
        let first: Outcome list list = before
        let line = tally first |> TaskTally.startInterval

        let found =
            after
            |> List.fold (fun t e -> TaskTally.finish (EpisodeSums.ofEpisode (play e)) t) line

        EpisodeSums.means found.Interval |> isMeanOf (whole after)
        && found.Finished = int64 (whole first).Length + int64 (whole after).Length)

    law "recent rates are those of the last ten episodes" (fun (episodes: Outcome list list) ->
        let last = whole episodes |> List.rev |> List.truncate 10

        TaskTally.recentMeans (tally episodes) |> isMeanOf last
        && TaskTally.newestMeans (tally episodes) |> isMeanOf (List.truncate 1 last))

    law "episodes that end together stay together" (fun (sizes: PositiveInt list) ->
        let group (size: PositiveInt) = { EpisodeSums.none with Episodes = size.Get }

        let found =
            sizes
            |> List.fold (fun t size -> TaskTally.finish (group size) t) TaskTally.start

        let counts = found.Recent |> List.map _.Episodes
        let newestFirst = sizes |> List.rev |> List.map _.Get

        counts = List.truncate counts.Length newestFirst
        && (List.sum counts >= 10 || counts.Length = sizes.Length)
        && (counts.IsEmpty || List.sum counts - List.last counts < 10))
]
