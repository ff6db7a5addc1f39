module MtrlFunctional.Tests.Algorithms.VTraceTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

let ``v-trace`` = [
    let law name =
        testLaw 100 [ typeof<AdvantageProps.Courses> ] name

    let unbounded: ImportanceBounds = { Rho = 1.0; C = 1.0 }

    let equal (course: Advantages.RewardSequence) = Array.create course.Reward.Length 1.0

    law
        "of the policy that acted is generalised advantages, bit by bit"
        (fun (course: Advantages.RewardSequence) ->
            let found = VTrace.estimate 0.9 0.95 unbounded (equal course) course
            let expected = Advantages.estimate 0.9 0.95 course
            found.Advantage = expected && found.ValueError = expected)

    // Σ γᵗ (Π c) ρ δ over the steps from each one on, and ρ (δ + γλ (v' − V')): eq. 1 of the paper.
    law "is its definition" (fun (course: Advantages.RewardSequence) ->
        let discount, lambda, bounds = 0.8, 0.9, { Rho = 1.2; C = 0.7 }
        let ratios = course.Reward |> Array.mapi (fun i _ -> 1.0 + sin (float (i * i)))
        let found = VTrace.estimate discount lambda bounds ratios course

        let isDefined e t =
            let at step = e * course.Steps + step
            let last = course.Lengths[e] - 1

            let delta step =
                let next =
                    if step = last then
                        course.BootstrapValue[e]
                    else
                        course.Value[at (step + 1)]

                course.Reward[at step] + discount * next - course.Value[at step]

            let rho step = min bounds.Rho ratios[at step]
            let trace step = lambda * min bounds.C ratios[at step]

            let error from =
                Seq.sum (
                    seq {
                        for step in from..last ->
                            let traces = Seq.map trace (seq { from .. step - 1 })

                            Seq.fold (*) 1.0 traces
                            * discount ** float (step - from)
                            * rho step
                            * delta step
                    }
                )

            let advantage = rho t * (delta t + discount * lambda * error (t + 1))

            abs (found.ValueError[at t] - error t) < 1e-9 * (1.0 + abs (error t))
            && abs (found.Advantage[at t] - advantage) < 1e-9 * (1.0 + abs advantage)

        Array.indexed course.Lengths
        |> Array.forall (fun (e, length) -> Seq.forall (isDefined e) (seq { 0 .. length - 1 })))
]

let ``an iteration that an earlier policy played`` = [
    let lagged updates config : OnPolicyConfig = {
        config with
            Lag = Some { Updates = updates; Bounds = { Rho = 1.0; C = 1.0 } }
    }

    // The first state, and that after each of so many updates.
    let statesOf config count =
        [ 1L .. count ]
        |> List.scan (fun state seed -> update config state (iteration seed ragged)) (fresh config)

    let still: OnPolicyConfig =
        match modern.Improve with
        | GradientSteps(kind, settings, _) -> {
            modern with
                Improve = GradientSteps(kind, { settings with Adam = Examples.adam 0.0 }, None)
                // Running statistics would change the policy without a step.
                ObsScaling = None
          }
        | TrustRegionStep _ -> modern

    // Value functions learn: all that could differ are their targets.
    testCase "is learned as its own where the policy did not change" (fun () ->
        let after config = List.last (statesOf config 3L)
        let without = after still
        let late = after (lagged 2 still)
        numbers { late with Earlier = [] } |> equals (numbers without)

        Tensor.toDoubles without.Value.Values
        |> differsFrom (Tensor.toDoubles (fresh still).Value.Values))

    testCase "is corrected where it did" (fun () ->
        let config = lagged 1 modern
        let first = update config (fresh config) (iteration 1L ragged)

        let metrics state =
            snd (OnPolicy.update (agent config) state (iteration 2L ragged))

        let ratio state =
            metrics state
            |> List.find (fun m -> m.Name = "importance_ratio")
            |> _.Value
            |> Tensor.item

        ratio (fresh config) |> isWithin 1e-12 1.0
        abs (ratio first - 1.0) |> isAbove 1e-6
        let own = { first with Earlier = [ OnPolicyState.player first ] }

        numbers (update config first (iteration 2L ragged))
        |> differsFrom (numbers (update config own (iteration 2L ragged))))

    testTheory "is played by the policy of that many updates before" [ 1; 2; 3 ] (fun lag ->
        let config = lagged lag modern

        let states = statesOf config 5L

        for count, state in List.indexed states do
            let players = OnPolicyState.behaviourPolicies state

            players.Length |> equals lag

            for i, player in List.indexed players do
                let expected = states[max 0 (count + i - lag)]

                Tensor.toDoubles player.Policy.Values
                |> equals (Tensor.toDoubles expected.Policy.Values)

                Tensor.toDoubles player.Obs.Mean |> equals (Tensor.toDoubles expected.Obs.Mean))

    // With a named lag of up to three updates; the configuration has three.
    testCase "is learned by the policy that it names as with that lag" (fun () ->
        let most = 3
        let config = lagged most modern

        let states = statesOf config 4L

        let sample = iteration 9L ragged

        let learned config state lag =
            numbers { update config state { sample with Lag = lag } with Earlier = [] }

        for count, state in List.indexed states do
            for lag in 0..most do
                let player = OnPolicyState.player states[max 0 (count - lag)]
                let only = { state with Earlier = [ player ] }

                learned config state (Some lag)
                |> Expect.equal
                    $"lag {lag} after {count} updates"
                    (learned (lagged 1 modern) only None)

            learned config state (Some most) |> equals (learned config state None)

        learned config states[4] (Some 1)
        |> differsFrom (learned config states[4] (Some 3)))
]

open MtrlFunctional.Tests.Experiments

/// Without a lag, advantage actor-critic with generalised advantages (Mnih et al. 2016, arXiv:1602.01783). Recorded updates of
/// garage have its policy gradient.
let ``IMPALA without a lag`` = [
    let config =
        Resolving.onPolicy [ "env=metaworld-mt10"; "agent=impala"; "agent.on_policy.lag=0" ]

    testCase "follows log π A in one pass, and the returns of generalised advantages" (fun () ->
        config.Lag |> equals None
        config.Target |> equals LambdaReturns

        match config.Improve with
        | GradientSteps(kind, settings, stop) ->
            (kind, settings.Epochs, stop) |> equals (LogLikelihood, 1, None)
        | TrustRegionStep _ -> failtest "a trust region")

    testCase "fits values by ½ (V(s) − v)²" (fun () ->
        match config.Value with
        | ValueNetwork network ->
            let vector numbers = Tensor.ofDoubles [| 3L |] numbers

            ValueFitting.rowLoss
                network.Loss
                Map.empty
                (vector [| 1.0; -2.0; 5.0 |])
                (vector [| 4.0; -2.0; 3.0 |])
            |> Tensor.toDoubles
            |> equals [| 4.5; 0.0; 2.0 |]
        | LinearFeatures _ -> failtest "linear features")
]
