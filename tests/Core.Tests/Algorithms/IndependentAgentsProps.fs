module MtrlFunctional.Tests.Algorithms.IndependentAgentsProps

open Expecto
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
        IndependentAgents.create (Shards.serial parts) tasks config

    let start team =
        IndependentAgents.start team (Key.ofSeed 5L) double

    let learn team states episodes =
        IndependentAgents.update team states (Key.ofSeed 9L) 0.3 None episodes |> fst

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
            let live = liveTensors ()

            let next, metrics =
                IndependentAgents.update (team 2 config) states (Key.ofSeed 9L) 0.3 None episodes

            numbersOf next |> equals (numbersOf alone)

            let given =
                System.Collections.Generic.HashSet(
                    IndependentAgents.owns states,
                    HashIdentity.Reference
                )

            let made =
                Seq.append (IndependentAgents.owns next) (Metrics.owns metrics)
                |> Seq.filter (given.Contains >> not)
                |> Seq.length

            Libtorch.LiveTensors - live |> equals (int64 made))

    testCase "act by themselves, and are the same by names" (fun () ->
        let team = team 1 { modern with Tasks = 1 }
        let states = start team
        let episodes = sampled whole 1L
        let obs = Tensor.select 2 0L episodes.Obs
        let noise = Tensor.select 2 0L episodes.Action
        let actions = IndependentAgents.act team states obs noise

        for task in 0L .. int64 tasks - 1L do
            let part x = Tensor.narrow 0 task 1L x
            let own = OnPolicy.act team.Agent states[int task] (part obs) (part noise)
            Tensor.toDoubles (part actions) |> equals (Tensor.toDoubles own)

        let learned = learn team states episodes
        let named = IndependentAgents.toNamed team learned |> Map.ofList
        isTrue (named.ContainsKey "task/2/iterations")

        let again =
            IndependentAgents.ofNamed team double (fun name -> Map.tryFind name named) |> ok

        numbersOf again |> equals (numbersOf learned)
        let torn = Map.remove "task/1/iterations" named

        let faults =
            IndependentAgents.ofNamed team double (fun name -> Map.tryFind name torn)
            |> refused

        faults |> equals [ "task/1/iterations: missing." ])
]
