module MtrlFunctional.Tests.Training.RewardNormalizationProps

open Expecto
open System
open FsCheck
open MtrlFunctional.Training

let ``reward normalisation`` = [
    let law name = testLaw 300 [] name

    let near (a: float) b = abs (a - b) <= 1e-9 * (1.0 + abs b)

    let bounded (x: NormalFloat) = 10.0 * tanh x.Get

    let running rewards =
        rewards
        |> List.mapFold
            (fun statistics reward ->
                let struct (normalized, next) =
                    RewardNormalization.normalize RewardNormalization.Running reward statistics

                normalized, next)
            RewardNormalization.noRewards

    law "none and a tenth keep no statistics" (fun (reward: NormalFloat) ->
        let normalize kind =
            RewardNormalization.normalize kind reward.Get RewardNormalization.noRewards

        normalize RewardNormalization.None = struct (reward.Get, RewardNormalization.noRewards)
        && normalize RewardNormalization.Scaled =
            struct (reward.Get / 10.0, RewardNormalization.noRewards))

    law
        "the running statistics are the exponentially weighted sums"
        (fun (rewards: NormalFloat list) ->
            let rewards = rewards |> List.map bounded
            let _, statistics = running rewards
            let weight age = 0.001 * 0.999 ** float age
            let ages = List.rev rewards |> List.indexed
            let mean = ages |> List.sumBy (fun (age, r) -> weight age * r)

            let means =
                rewards |> List.scan (fun mean r -> 0.999 * mean + 0.001 * r) 0.0 |> List.tail

            let variance =
                List.zip rewards means
                |> List.rev
                |> List.indexed
                |> List.sumBy (fun (age, (r, mean)) -> weight age * (r - mean) ** 2.0)

            near statistics.Mean mean
            && near statistics.Variance (variance + 0.999 ** float rewards.Length))

    law "keeps the sign of a reward and never divides by 0" (fun (rewards: NormalFloat list) ->
        let rewards = rewards |> List.map bounded
        let normalized, _ = running rewards

        List.forall2 (fun r n -> sign r = sign n && Double.IsFinite n) rewards normalized)
]
