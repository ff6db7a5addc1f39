module MtrlFunctional.Tests.Algorithms.VTraceTests

open Expecto
open Expecto.Flip
open FsCheck.FSharp
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples


/// A random process, a policy that acts and one that learns.
type private Process = {
    States: int
    Actions: int
    /// Probability of the next state by state and action.
    Next: float[,,]
    Reward: float[,]
    /// μ by state and action.
    Acting: float[,]
    /// π.
    Learning: float[,]
    /// Values to begin with.
    Start: float[]
}

let ``v-trace`` = [
    let law name =
        testLaw 100 [ typeof<AdvantageProps.Courses> ] name

    let unbounded: ImportanceBounds = { Rho = 1.0; C = 1.0 }

    let equal (course: Advantages.RewardSequence) = Array.create course.Reward.Length 1.0

    let taken (course: Advantages.RewardSequence) = [|
        for e in 0 .. course.Lengths.Length - 1 do
            for t in 0 .. course.Lengths[e] - 1 -> e * course.Steps + t
    |]

    law
        "of the policy that acted is generalised advantages, bit by bit"
        (fun (course: Advantages.RewardSequence) ->
            let found = VTrace.estimate 0.9 0.95 unbounded (equal course) course
            let expected = Advantages.estimate 0.9 0.95 course
            found.Advantage = expected && found.ValueError = expected)

    law "of the policy that acted is returns for λ = 1" (fun (course: Advantages.RewardSequence) ->
        let found = VTrace.estimate 0.9 1.0 unbounded (equal course) course
        let returns = Advantages.returns 0.9 course

        taken course
        |> Array.forall (fun i ->
            abs (course.Value[i] + found.ValueError[i] - returns[i])
            <= 1e-12 * (1.0 + abs returns[i])))

    // Nothing passes to earlier steps: ρ (r + γ V' − V).
    law
        "of actions that the policy never takes is nothing"
        (fun (course: Advantages.RewardSequence) ->
            let never = Array.create course.Reward.Length 0.0
            let found = VTrace.estimate 0.9 0.95 unbounded never course

            taken course
            |> Array.forall (fun i -> found.ValueError[i] = 0.0 && found.Advantage[i] = 0.0))

    let processes =
        gen {
            let! states = Gen.choose (2, 3)
            let! actions = Gen.choose (2, 3)
            let positive = Gen.choose (1, 100) |> Gen.map (fun i -> float i / 100.0)
            let number = Gen.choose (-100, 100) |> Gen.map (fun i -> float i / 20.0)

            let table g =
                Gen.arrayOfLength (states * actions) g
                |> Gen.map (fun all ->
                    Array2D.init states actions (fun s a -> all[s * actions + a]))

            let normalised (p: float[]) = Array.map (fun x -> x / Array.sum p) p

            let policy =
                table positive
                |> Gen.map (fun p -> p |> Array2D.mapi (fun s a _ -> (normalised p[s, *])[a]))

            let! next = table (Gen.arrayOfLength states positive |> Gen.map normalised)
            let! reward = table number
            let! acting = policy
            let! learning = policy
            let! start = Gen.arrayOfLength states number

            return {
                States = states
                Actions = actions
                Next = Array3D.init states actions states (fun s a s' -> next[s, a][s'])
                Reward = reward
                Acting = acting
                Learning = learning
                Start = start
            }
        }

    let discount = 0.8

    // The expected target of each state: every sequence of two actions and the states after them, with its probability.
    let expected bounds (p: Process) (values: float[]) =
        let rec sequences length state =
            if length = 0 then
                [ 1.0, [] ]
            else
                [
                    for action in 0 .. p.Actions - 1 do
                        for next in 0 .. p.States - 1 do
                            let here = p.Acting[state, action] * p.Next[state, action, next]

                            for probability, rest in sequences (length - 1) next ->
                                here * probability, (state, action, next) :: rest
                ]

        Array.init p.States (fun start ->
            sequences 2 start
            |> List.sumBy (fun (probability, steps) ->
                let at number =
                    steps |> List.map number |> List.toArray

                let ratios = at (fun (s, a, _) -> p.Learning[s, a] / p.Acting[s, a])

                let _, _, last = List.last steps

                let sequence: Advantages.RewardSequence = {
                    Steps = steps.Length
                    Lengths = [| steps.Length |]
                    Restarts = [| [||] |]
                    Reward = at (fun (s, a, _) -> p.Reward[s, a])
                    Value = at (fun (s, _, _) -> values[s])
                    BootstrapValue = [| values[last] |]
                    Leaks = [| false |]
                }

                let found = VTrace.estimate discount 1.0 bounds ratios sequence
                probability * (values[start] + found.ValueError[0])))

    // min(ρ̄ μ, π): what π_ρ̄ is in proportion to (eq. 3 of the paper).
    let weight bounds (p: Process) s a =
        min (bounds.Rho * p.Acting[s, a]) p.Learning[s, a]

    let weights bounds p s =
        Array.init p.Actions (weight bounds p s)

    // x with A x = b, by elimination with the largest pivot of each column.
    let solved (a: float[][]) (b: float[]) =
        let n = b.Length
        let rows = Array.init n (fun i -> Array.append a[i] [| b[i] |])

        for k in 0 .. n - 1 do
            let pivot = Seq.maxBy (fun i -> abs (rows[i][k])) (seq { k .. n - 1 })
            let row = rows[pivot]
            rows[pivot] <- rows[k]
            rows[k] <- Array.map (fun x -> x / row[k]) row

            for i in 0 .. n - 1 do
                if i <> k then
                    let factor = rows[i][k]
                    rows[i] <- Array.map2 (fun x y -> x - factor * y) rows[i] rows[k]

        Array.map Array.last rows

    // The values of π_ρ̄: (I − γ P) v = r.
    let valuesOf bounds (p: Process) =
        let policy =
            Array.init p.States (fun s ->
                let weights = weights bounds p s
                Array.map (fun w -> w / Array.sum weights) weights)

        let mean s (number: int -> float) =
            Seq.sum (seq { for a in 0 .. p.Actions - 1 -> policy[s][a] * number a })

        let matrix =
            Array.init p.States (fun s ->
                Array.init p.States (fun s' ->
                    (if s = s' then 1.0 else 0.0) - discount * mean s (fun a -> p.Next[s, a, s'])))

        solved matrix (Array.init p.States (fun s -> mean s (fun a -> p.Reward[s, a])))

    let distance (x: float[]) y =
        Array.map2 (fun x y -> abs (x - y)) x y |> Array.max

    // η ≤ 1 − (1 − γ) E ρ of the state where ρ is least expected: theorem 1 of the paper.
    let contraction bounds (p: Process) =
        let least =
            Seq.min (seq { for s in 0 .. p.States - 1 -> Array.sum (weights bounds p s) })

        1.0 - (1.0 - discount) * least

    let bounds =
        gen {
            let! c = Gen.choose (1, 10)
            let! more = Gen.choose (0, 20)
            // The paper requires c̄ ≤ ρ̄.
            return { Rho = float (c + more) / 10.0; C = float c / 10.0 }
        }

    // A contraction that leaves a point where it is converges to it from everywhere.
    testCase "contracts to the values of the policy between the two" (fun () ->
        let isContracted (p, bounds) =
            let fixedPoint = valuesOf bounds p

            distance (expected bounds p fixedPoint) fixedPoint < 1e-10
            && distance (expected bounds p p.Start) fixedPoint
               <= contraction bounds p * distance p.Start fixedPoint + 1e-10

        Gen.zip processes bounds
        |> Arb.fromGen
        |> fun arbitrary -> Prop.forAll arbitrary isContracted
        |> fun property ->
            FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest 200, property))
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

open MtrlFunctional.Experiments
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
