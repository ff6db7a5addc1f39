module MtrlFunctional.Tests.Algorithms.IndependentAgentsProps

open System
open Expecto
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``on-policy agents that share nothing`` = [
    // PPO with running scales, early stopping and short gradients; and TRPO, also with entropies that
    // are steered.
    let configs =
        [ modern; natural plain; natural tuned ]
        |> List.map (fun c -> { c with Tasks = 1 })

    let team parts config =
        OnPolicyAlgorithm.forEachTask (Shards.serial parts) tasks config

    let start (team: Algorithm<OnPolicyState list, EpisodeSample>) =
        team.Start (Key.ofSeed 5L) double

    let update (team: Algorithm<OnPolicyState list, EpisodeSample>) states episodes =
        team.Update states { Key = Key.ofSeed 9L; Progress = 0.3; Lag = None; Episodes = episodes }

    let learn team states episodes = fst (update team states episodes)

    let numbersOf = List.map numbers

    // Nothing at all of another task is seen: not its gradients, scales, stopping or trust region.
    testEach "see their own task only, bit by bit" configs (fun config ->
        let team = team 1 config
        let states = start team
        let episodes = sampled ragged 1L
        let other = sampled ragged 2L

        /// Task 1 as it was, the others differently and with larger rewards.
        let mixed pick scale =
            Tensor.cat 0 [|
                for task in 0L .. int64 tasks - 1L ->
                    if task = 1L then
                        Tensor.narrow 0 task 1L (pick episodes)
                    else
                        scale *. Tensor.narrow 0 task 1L (pick other)
            |]

        let changed: Episodes = {
            episodes with
                Obs = mixed _.Obs 1.0
                Action = mixed _.Action 1.0
                Reward = mixed _.Reward 50.0
                LastObs = mixed _.LastObs 1.0
        }

        let learned = learn team states episodes |> numbersOf
        let otherwise = learn team states changed |> numbersOf
        learned[1] |> equals (otherwise[1])
        learned[0] |> differsFrom (otherwise[0])
        learned[1] |> differsFrom ((numbersOf states)[1]))

    testEach
        "learn the same on any number of threads, and leave nothing behind"
        configs
        (fun config ->
            let episodes = sampled ragged 1L
            let states = start (team 1 config)
            let alone = learn (team 1 config) states episodes
            let team = team 2 config
            learn team states episodes |> numbersOf |> equals (numbersOf alone)
            leavesNothing team.Owns (fun states -> update team states episodes) states)

    testEach "stay as they are where their task has no step" configs (fun config ->
        let team = team 1 config
        let states = start team
        let episodes = sampled ragged 1L
        let _, count, _ = Episodes.sizes episodes

        let empty: Episodes = {
            episodes with
                Lengths = episodes.Lengths |> Array.mapi (fun i n -> if i < count then 0 else n)
        }

        let next, metrics = update team states empty
        (numbersOf next)[0] |> equals ((numbersOf states)[0])
        (numbersOf next)[1] |> equals ((learn team states episodes |> numbersOf)[1])

        for metric in metrics do
            Tensor.toDoubles metric.Value |> Array.forall Double.IsFinite |> isTrue)
]
