module MtrlFunctional.Tests.Algorithms.StdProjectionTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// A policy whose σ has fallen below its floor, and an objective that wants a broader one.
let ``a standard deviation below its floor`` = [
    let floor' = 0.3

    let config projected improve : OnPolicyConfig =
        { plain with Improve = improve; Entropy = InObjective(10.0, true) }
        |> withStd (fun std -> {
            std with
                InitStd = 0.1
                MinStd = Some floor'
                Projected = projected
        })

    let passes =
        GradientSteps(ClippedRatio 0.2, { OnPolicyDefaults.settings with Epochs = 2 }, None)

    let trustRegion = TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion)

    let stored agent (state: OnPolicyState) =
        let views = OnPolicyNetworks.policyViews agent state
        Tensor.toDoubles views["std"]

    // The stored log σ after updates; single precision makes the passes in one call.
    let updated numeric count config =
        let agent = agent config
        let place = { TensorOptions.cpu with ScalarType = numeric }
        let start = OnPolicyState.create agent (Key.ofSeed 5L) place

        let update state seed =
            let iteration = iteration seed ragged
            let episodes = mapped (Tensor.toType numeric) iteration.Episodes
            let iteration = { iteration with Episodes = episodes }
            fst (OnPolicy.update agent state iteration)

        stored agent (List.fold update start [ 1L .. count ])

    let cases = [
        for numeric in [ ScalarType.Float32; ScalarType.Float64 ] do
            $"passes in {numeric}", (numeric, passes)
            $"a trust region in {numeric}", (numeric, trustRegion)
    ]

    testNamed "rises where it is projected" cases (fun (numeric, improve) ->
        let after = config true improve |> updated numeric 2L
        after |> Seq.iter (isAbove (log floor' + 1e-4)))

    testNamed "stays where it is clamped" cases (fun (numeric, improve) ->
        let after = config false improve |> updated numeric 2L
        after |> Seq.iter (isWithin 1e-6 (log 0.1)))

    let projectedModern = modern |> withStd (fun std -> { std with Projected = true })

    testCase "leaves the policy as it acts, and what lies within its bounds" (fun () ->
        for config in [ config true passes; projectedModern ] do
            let agent = agent config
            let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu
            let projected = StdProjection.apply agent state
            let obs = Draw.normal TensorOptions.cpu (Key.ofSeed 6L) [| int64 tasks; 4L; 5L |]
            let noise = Draw.normal TensorOptions.cpu (Key.ofSeed 7L) [| int64 tasks; 4L; 2L |]

            let acted state =
                Tensor.toDoubles (OnPolicy.act agent state obs noise)

            acted projected |> equals (acted state)

        let agent = agent projectedModern
        let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu
        let values (state: OnPolicyState) = Tensor.toDoubles state.Policy.Values
        values (StdProjection.apply agent state) |> equals (values state))
]
