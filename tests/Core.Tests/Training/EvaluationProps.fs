module MtrlFunctional.Tests.Training.EvaluationProps

open System
open Expecto
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Training

let private horizon = 8

/// Recorded steps of one episode, as many as the horizon.
type internal Recorded = Recorded of StepResult[]

type internal Recordings =
    static member Recorded() =
        gen {
            let! rewards = Gen.arrayOfLength horizon (Gen.choose (-100, 100))

            let! successes =
                Gen.arrayOfLength
                    horizon
                    (Gen.frequency [ 4, Gen.constant false; 1, Gen.constant true ])

            let! defines = Gen.elements [ true; true; false ]
            let! last = Gen.choose (0, horizon - 1)
            let! isUnstable = Gen.elements [ true; false; false ]

            return
                Recorded [|
                    for step in 0 .. horizon - 1 ->
                        {
                            Reward = float rewards[step]
                            Success = if defines then Nullable successes[step] else Nullable()
                            IsUnstable = isUnstable && step = last
                            Ended = step >= last
                        }
                |]
        }
        |> Arb.fromGen

/// Plays recorded episodes, of task t the n-th in place [n][t].
type private Replay(episodes: Recorded[][]) =
    let mutable episode, steps = 0, 0

    interface IEvaluatedPlay with
        member _.Begin number =
            episode <- number
            steps <- 0

        member _.Step over =
            steps <- steps + 1

            Array.map2
                (fun (Recorded results) isOver ->
                    if isOver then
                        Unchecked.defaultof<_>
                    else
                        results[steps - 1])
                episodes[episode]
                over

let ``evaluations`` = [
    let law name = testLaw 300 [ typeof<Recordings> ] name

    let evaluate endsAtSuccess (counts: int[]) (episodes: Recorded[][]) =
        Evaluation.run
            { Episodes = counts; Horizon = horizon; EndsAtSuccess = endsAtSuccess }
            (Replay episodes)

    let succeeds (result: StepResult) = result.Success = Nullable true

    /// The steps until the episode ends, looked up in the recording.
    let untilEnd endsAtSuccess (results: StepResult[]) =
        let last =
            results |> Array.findIndex (fun r -> r.Ended || endsAtSuccess && succeeds r)

        results[..last]

    let agrees endsAtSuccess (Recorded results) (found: EvaluatedEpisode) =
        let steps = untilEnd endsAtSuccess results
        let counted = steps |> Array.filter (fun step -> not step.IsUnstable)
        let last = Array.last steps
        let defines = results[0].Success.HasValue

        let rate flag =
            if not defines then nan
            elif flag then 1.0
            else 0.0

        found.Episode.Steps = counted.Length
        && found.Episode.Return = (counted |> Array.sumBy _.Reward)
        && found.Episode.Ever.Equals(rate (Array.exists succeeds counted))
        && found.Episode.AtEnd.Equals(rate (succeeds last && not last.IsUnstable))
        && found.LargestReward = (counted |> Array.map _.Reward |> Array.fold max -infinity)

    law
        "count the steps of each episode until it ends"
        (fun (a: Recorded) (b: Recorded) (c: Recorded) (d: Recorded) endsAtSuccess ->
            let found = evaluate endsAtSuccess [| 2; 1 |] [| [| a; b |]; [| c; d |] |]

            (found |> Array.map _.Length) = [| 2; 1 |]
            && agrees endsAtSuccess a found.[0].[0]
            && agrees endsAtSuccess c found.[0].[1]
            && agrees endsAtSuccess b found.[1].[0])

    law "have means over the episodes with an outcome" (fun (episodes: NonEmptyArray<Recorded>) ->
        let found: RunningEpisode[] =
            evaluate false [| episodes.Get.Length |] (episodes.Get |> Array.map Array.singleton)
            |> Array.exactlyOne
            |> Array.map _.Episode
            |> Array.filter (fun episode -> not (Double.IsNaN episode.Ever))

        let means = Evaluation.means found

        let mean number =
            Array.sumBy number found / float found.Length

        means.Return.Equals(mean _.Return)
        && means.Ever.Equals(mean _.Ever)
        && means.AtEnd.Equals(mean _.AtEnd))
]
