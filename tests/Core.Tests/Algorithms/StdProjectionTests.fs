namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// A policy whose σ has fallen below its floor, and an objective that wants a broader one.
[<TestFixture>]
module ``a standard deviation below its floor`` =
    let private floor' = 0.3

    let private config projected improve : OnPolicyConfig =
        { plain with Improve = improve; Entropy = InObjective(10.0, true) }
        |> withStd (fun std -> {
            std with
                InitStd = 0.1
                MinStd = Some floor'
                Projected = projected
        })

    let private passes =
        GradientSteps(ClippedRatio 0.2, { OnPolicyDefaults.settings with Epochs = 2 }, None)

    let private trustRegion = TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion)

    let private placed numeric (episodes: Episodes) : Episodes =
        let each x = Tensor.toType numeric x

        {
            episodes with
                Obs = each episodes.Obs
                Action = each episodes.Action
                Reward = each episodes.Reward
                LastObs = each episodes.LastObs
        }

    let private stored agent (state: OnPolicyState) =
        let views = OnPolicyNetworks.policyViews agent state
        Tensor.toDoubles views["std"]

    /// The stored log σ after updates; single precision makes the passes in one call.
    let private updated numeric count config =
        let agent = agent config
        let place = { TensorOptions.cpu with ScalarType = numeric }
        let start = OnPolicyState.create agent (Key.ofSeed 5L) place

        let update state seed =
            let iteration = iteration seed ragged
            let iteration = { iteration with Episodes = placed numeric iteration.Episodes }
            fst (OnPolicy.update agent state iteration)

        stored agent (List.fold update start [ 1L .. count ])

    let private cases = [
        for numeric in [ ScalarType.Float32; ScalarType.Float64 ] do
            for improve in [ passes; trustRegion ] -> TestCaseData(numeric, improve)
    ]

    [<TestCaseSource(nameof cases)>]
    let ``rises where it is projected`` (numeric: ScalarType) improve =
        use _ = TorchSharp.torch.NewDisposeScope()
        let after = config true improve |> updated numeric 2L
        Assert.That(after, Is.All.GreaterThan(log floor' + 1e-4))

    [<TestCaseSource(nameof cases)>]
    let ``stays where it is clamped`` (numeric: ScalarType) improve =
        use _ = TorchSharp.torch.NewDisposeScope()
        let after = config false improve |> updated numeric 2L
        Assert.That(after, Is.All.EqualTo(log 0.1).Within 1e-6)

    let private projectedModern =
        modern |> withStd (fun std -> { std with Projected = true })

    [<Test>]
    let ``leaves the policy as it acts, and what lies within its bounds`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in [ config true passes; projectedModern ] do
            let agent = agent config
            let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu
            let projected = StdProjection.apply agent state
            let obs = Draw.normal TensorOptions.cpu (Key.ofSeed 6L) [| int64 tasks; 4L; 5L |]
            let noise = Draw.normal TensorOptions.cpu (Key.ofSeed 7L) [| int64 tasks; 4L; 2L |]

            let acted state =
                Tensor.toDoubles (OnPolicy.act agent state obs noise)

            Assert.That((acted projected = acted state))

        let agent = agent projectedModern
        let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu
        let values (state: OnPolicyState) = Tensor.toDoubles state.Policy.Values
        Assert.That((values (StdProjection.apply agent state) = values state))

/// σ of tasks that are not solved yet.
[<TestFixture>]
module ``a standard deviation that is held up`` =
    let private start () =
        let agent = agent modern
        agent, OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

    let private deviations agent (state: OnPolicyState) =
        let stored = (OnPolicyNetworks.policyViews agent state)["std"]
        let all = Tensor.toDoubles stored |> Array.map exp
        all |> Array.chunkBySize (all.Length / tasks)

    [<Test>]
    let ``is at least that of its task, and the others stay bit by bit`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state = start ()
        let before = deviations agent state
        // Of the first task above every σ, of the last below, of the others none.
        let least = Array.init tasks (fun task -> if task = 0 then 3.0 else 0.0)
        least[tasks - 1] <- 1e-3
        let after = OnPolicy.floorStd agent state least |> deviations agent

        Assert.That(before[0], Is.All.LessThan 3.0)
        Assert.That(after[0], Is.All.EqualTo(3.0).Within 1e-5)
        Assert.That((Array.tail after = Array.tail before))

    [<Test>]
    let ``leaves means, moments and the given state unchanged`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state = start ()
        let stored = Tensor.toDoubles state.Policy.Values
        let held = OnPolicy.floorStd agent state (Array.create tasks 3.0)
        let obs = Draw.normal TensorOptions.cpu (Key.ofSeed 6L) [| int64 tasks; 4L; 5L |]

        let mean state =
            Tensor.toDoubles (OnPolicy.actGreedily agent state obs)

        Assert.That((mean held = mean state))
        Assert.That((Tensor.toDoubles state.Policy.Values = stored))
        Assert.That(obj.ReferenceEquals(held.Policy.FirstMoment, state.Policy.FirstMoment))
