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

    let still: OnPolicyConfig =
        let slow (settings: MinibatchSettings) = {
            settings with
                Adam =
                    AdamRule(
                        0.0,
                        settings.Adam.Beta1,
                        settings.Adam.Beta2,
                        settings.Adam.Epsilon,
                        0.0
                    )
        }

        match modern.Improve with
        | GradientSteps(kind, settings, _) -> {
            modern with
                Improve = GradientSteps(kind, slow settings, None)
                // Running statistics would change the policy without a step.
                ObsScaling = None
          }
        | TrustRegionStep _ -> modern

    // Value functions learn: all that could differ are their targets.
    testCase "is learned as its own where the policy did not change" (fun () ->
        let after config =
            [ 1L; 2L; 3L ]
            |> List.fold
                (fun state seed -> update config state (iteration seed ragged))
                (fresh config)

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

        let states =
            [ 1L .. 5L ]
            |> List.scan
                (fun state seed -> update config state (iteration seed ragged))
                (fresh config)

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

        let states =
            [ 1L .. 4L ]
            |> List.scan
                (fun state seed -> update config state (iteration seed ragged))
                (fresh config)

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

open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tests.Experiments

/// Mnih et al. 2016 (arXiv:1602.01783), with generalised advantages: written from the formulas, without the update's code.
let ``an update of IMPALA without a lag`` = [
    let rate, epsilon, discount, lambda = 3e-3, 1e-8, 0.97, 0.9

    let config =
        Resolving.resolve [
            "env=metaworld-mt10"
            "env.tasks=[reach,push,pick-place]"
            "agent=impala"
            "agent.on_policy.lag=0"
            "agent.on_policy.center_advantages=False"
            "agent.on_policy.normalize_values=False"
            $"agent.on_policy.gae_lambda={lambda}"
            // All rows of an iteration in one minibatch.
            "agent.on_policy.minibatch_size=42"
            $"agent.builder.discount={discount}"
            $"agent.optimizers.actor.lr={rate}"
            $"agent.optimizers.critic.lr={rate}"
            "agent.actor.hidden_dim=8"
            "agent.actor.num_layers=2"
            "agent.critic.hidden_dim=6"
            "agent.critic.num_layers=2"
        ]
        // Two numbers and the columns of three tasks.
        |> OnPolicySetup.ofExperiment Precision.Full None 2 (ActionSpace.Box 2)

    // Advantages of a row of steps, the last of which is followed by `after`: Σ (γλ)ⁱ δ, backwards.
    let generalised (episodes: Episodes) (reward: float[]) (value: float[]) (after: float[]) =
        let advantage = Array.zeroCreate<float> reward.Length

        for row in 0 .. episodes.Lengths.Length - 1 do
            let mutable next, following = after[row], 0.0

            if episodes.Terminal[row] then
                next <- 0.0

            for t in episodes.Lengths[row] - 1 .. -1 .. 0 do
                let i = row * steps + t

                if Array.contains (t + 1) episodes.Restarts[row] then
                    next <- 0.0
                    following <- 0.0

                following <- reward[i] + discount * next - value[i] + discount * lambda * following
                advantage[i] <- following
                next <- value[i]

        advantage

    // Parameters after the first step of Adam, whose moments are those of the gradient; and the gradient.
    let stepped layout (loss: Weights -> Tensor) (start: Tensor) =
        let leaves = Layout.views layout start |> Gradient.leaves

        let places = [| for slot in layout.Slots -> leaves[slot.Parameter.Path] |]
        let gradient = Tensor.grad places (loss leaves) |> Tensor.flatten
        let g, x = Tensor.toDoubles gradient, Tensor.toDoubles start
        g, Array.map2 (fun x g -> x - rate * g / (abs g + epsilon)) x g

    testCase "is one of advantage actor-critic" (fun () ->
        let agent, iteration = agent config, iteration 1L ragged
        let state = moved config (fresh config)
        let after = update config state iteration
        let episodes = iteration.Episodes
        let count = int64 (episodes.Lengths.Length / tasks)

        let rows (x: Tensor) =
            Tensor.reshape [| int64 tasks; count * int64 steps; Tensor.size -1 x |] x

        let last = Tensor.reshape [| int64 tasks; count; -1L |] episodes.LastObs
        let obs, action = rows episodes.Obs, rows episodes.Action
        let weight = Tensor.squeeze 2 (rows (Tensor.unsqueeze 3 (Episodes.weight episodes)))
        let share = weight ./ Tensor.sum weight

        let value (weights: Weights) x =
            Tensor.squeeze 2 (agent.Value.Value.Run weights (NetworkInput.ofRows x))

        let critic = Layout.views agent.ValueLayout state.Value.Values
        let values = Tensor.toDoubles (value critic obs)

        let advantages =
            generalised
                episodes
                (Tensor.toDoubles episodes.Reward)
                values
                (Tensor.toDoubles (value critic last))

        let advantage =
            TensorOptions.fromDoubles Examples.double advantages (Tensor.shape weight)

        let target =
            TensorOptions.fromDoubles
                Examples.double
                (Array.map2 (+) advantages values)
                (Tensor.shape weight)

        /// −E log π(a|s) A.
        let policyLoss (weights: Weights) =
            let mean = agent.Policy.Run weights (NetworkInput.ofRows obs)
            let logStd = weights["std"]
            let distance = Tensor.square ((action .- mean) ./ Tensor.exp logStd)
            let constant = 0.5 * log (2.0 * System.Math.PI)
            let each = -constant +. (-0.5 *. distance .- logStd)
            Tensor.neg (Tensor.sum (share .* Tensor.sumDim 2 each .* advantage))

        /// E ½ (V(s) − v)².
        let valueLoss (weights: Weights) =
            0.5 *. Tensor.sum (share .* Tensor.square (value weights obs .- target))

        for name, layout, loss, before, (found: AdamState) in
            [
                "policy", agent.PolicyLayout, policyLoss, state.Policy, after.Policy
                "value", agent.ValueLayout, valueLoss, state.Value, after.Value
            ] do
            let gradient, expected = stepped layout loss before.Values
            let largest = gradient |> Array.map abs |> Array.max
            largest |> Expect.isAbove name 1e-3

            // Adam's first moment is a tenth of the gradient.
            Array.map (fun m -> 10.0 * m) (Tensor.toDoubles found.FirstMoment)
            |> Expect.areWithin name (1e-12 * largest) gradient

            Tensor.toDoubles found.Values |> Expect.areWithin name 1e-12 expected)
]
