namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

[<TestFixture>]
module ``on-policy agents that share nothing`` =

    /// PPO with running scales, early stopping and short gradients; and TRPO, also with entropies that
    /// are steered.
    let private configs =
        [ modern; natural plain; natural tuned ]
        |> List.map (fun c -> { c with Tasks = 1 })

    let private team parts config =
        IndependentAgents.create (Shards.serial parts) tasks config

    let private start team =
        IndependentAgents.start team (Key.ofSeed 5L) double

    let private learn team states episodes =
        IndependentAgents.update team states (Key.ofSeed 9L) 0.3 None episodes |> fst

    let private numbersOf = List.map numbers

    /// Nothing at all of another task is seen: not its gradients, scales, stopping or trust region.
    [<TestCaseSource(nameof configs)>]
    let ``see their own task only, bit by bit`` (config: OnPolicyConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
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
        Assert.That((learned[1] = otherwise[1]))
        Assert.That((learned[0] <> otherwise[0]))
        Assert.That((learned[1] <> (numbersOf states)[1]))

    [<TestCaseSource(nameof configs)>]
    let ``learn the same on any number of threads, and leave nothing behind``
        (config: OnPolicyConfig)
        =
        use _ = TorchSharp.torch.NewDisposeScope()
        let episodes = sampled ragged 1L
        let states = start (team 1 config)
        let alone = learn (team 1 config) states episodes
        let live = Libtorch.LiveTensors

        let next, metrics =
            IndependentAgents.update (team 2 config) states (Key.ofSeed 9L) 0.3 None episodes

        Assert.That((numbersOf next = numbersOf alone))

        let given =
            System.Collections.Generic.HashSet(
                IndependentAgents.owns states,
                HashIdentity.Reference
            )

        let made =
            Seq.append (IndependentAgents.owns next) (Metrics.owns metrics)
            |> Seq.filter (given.Contains >> not)
            |> Seq.length

        Assert.That(Libtorch.LiveTensors - live, Is.EqualTo(int64 made))

    [<Test>]
    let ``act by themselves, and are the same by names`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let team = team 1 { modern with Tasks = 1 }
        let states = start team
        let episodes = sampled whole 1L
        let obs = Tensor.select 2 0L episodes.Obs
        let noise = Tensor.select 2 0L episodes.Action
        let actions = IndependentAgents.act team states obs noise

        for task in 0L .. int64 tasks - 1L do
            let part x = Tensor.narrow 0 task 1L x
            let own = OnPolicy.act team.Agent states[int task] (part obs) (part noise)
            Assert.That((Tensor.toDoubles (part actions) = Tensor.toDoubles own))

        let learned = learn team states episodes
        let named = IndependentAgents.toNamed team learned |> Map.ofList
        Assert.That(named.ContainsKey "task/2/iterations")

        match IndependentAgents.ofNamed team double (fun name -> Map.tryFind name named) with
        | Ok again -> Assert.That((numbersOf again = numbersOf learned))
        | Error faults -> Assert.Fail(String.concat "\n" faults)

        let torn = Map.remove "task/1/iterations" named

        match IndependentAgents.ofNamed team double (fun name -> Map.tryFind name torn) with
        | Error faults -> Assert.That((faults = [ "task/1/iterations: missing." ]))
        | Ok _ -> Assert.Fail "A state without its count of iterations was taken."
