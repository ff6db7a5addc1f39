namespace MtrlFunctional.Tests.Algorithms

open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

[<TestFixture; Properties(Arbitrary = [| typeof<Courses> |])>]
module ``v-trace`` =
    let private unbounded: ImportanceBounds = { Rho = 1.0; C = 1.0 }

    let private equal (course: Advantages.RewardSequence) = Array.create course.Reward.Length 1.0

    let private taken (course: Advantages.RewardSequence) = [|
        for e in 0 .. course.Lengths.Length - 1 do
            for t in 0 .. course.Lengths[e] - 1 -> e * course.Steps + t
    |]

    [<Property>]
    let ``of the policy that acted is generalised advantages, bit by bit``
        (course: Advantages.RewardSequence)
        =
        let found = VTrace.estimate 0.9 0.95 unbounded (equal course) course
        let expected = Advantages.estimate 0.9 0.95 course
        found.Advantage = expected && found.ValueError = expected

    [<Property>]
    let ``of the policy that acted is returns for λ = 1`` (course: Advantages.RewardSequence) =
        let found = VTrace.estimate 0.9 1.0 unbounded (equal course) course
        let returns = Advantages.returns 0.9 course

        taken course
        |> Array.forall (fun i ->
            abs (course.Value[i] + found.ValueError[i] - returns[i])
            <= 1e-12 * (1.0 + abs returns[i]))

    /// Nothing passes to earlier steps: ρ (r + γ V' − V).
    [<Property>]
    let ``of actions that the policy never takes is nothing`` (course: Advantages.RewardSequence) =
        let never = Array.create course.Reward.Length 0.0
        let found = VTrace.estimate 0.9 0.95 unbounded never course

        taken course
        |> Array.forall (fun i -> found.ValueError[i] = 0.0 && found.Advantage[i] = 0.0)

    /// A random process with deterministic transitions, a policy that acts and one that learns.
    type private Process = {
        Next: int[,]
        Reward: float[,]
        /// μ by state and action.
        Acting: float[,]
        /// π.
        Learning: float[,]
    }

    let private states, actions = 3, 2

    let private processes =
        gen {
            let number = Gen.choose (1, 100) |> Gen.map (fun i -> float i / 100.0)

            let table g =
                Gen.arrayOfLength (states * actions) g
                |> Gen.map (fun all ->
                    Array2D.init states actions (fun s a -> all[s * actions + a]))

            let normalised (p: float[,]) =
                p |> Array2D.mapi (fun s _ x -> x / Array.sum p[s, *])

            let! next = table (Gen.choose (0, states - 1))
            let! reward = table number
            let! acting = table number
            let! learning = table number

            return {
                Next = next
                Reward = reward
                Acting = normalised acting
                Learning = normalised learning
            }
        }

    let private discount = 0.8

    /// The expected target of each state: every sequence of three actions with its probability.
    let private expected bounds (p: Process) (values: float[]) =
        let rec sequences length =
            if length = 0 then
                [ [] ]
            else
                [
                    for rest in sequences (length - 1) do
                        for action in 0 .. actions - 1 -> action :: rest
                ]

        Array.init states (fun start ->
            sequences 3
            |> List.sumBy (fun chosen ->
                let path =
                    (start, chosen)
                    ||> List.scan (fun state action -> p.Next[state, action])
                    |> List.toArray

                let steps = List.indexed chosen
                let at (table: float[,]) = [| for i, a in steps -> table[path[i], a] |]
                let ratios = Array.map2 (/) (at p.Learning) (at p.Acting)

                let sequence: Advantages.RewardSequence = {
                    Steps = 3
                    Lengths = [| 3 |]
                    Restarts = [| [||] |]
                    Reward = at p.Reward
                    Value = [| for i, _ in steps -> values[path[i]] |]
                    BootstrapValue = [| values[path[3]] |]
                    Leaks = [| false |]
                }

                let found = VTrace.estimate discount 1.0 bounds ratios sequence
                Array.reduce (*) (at p.Acting) * (values[start] + found.ValueError[0])))

    /// Values of the policy whose probabilities are in proportion to min(ρ̄ μ, π): eq. 3 of the paper.
    let private valuesOf bounds (p: Process) =
        let weights =
            p.Learning
            |> Array2D.mapi (fun s a learning -> min (bounds.Rho * p.Acting[s, a]) learning)

        let improve (values: float[]) =
            Array.init states (fun s ->
                let total = Array.sum weights[s, *]

                Seq.sum (
                    seq {
                        for a in 0 .. actions - 1 ->
                            weights[s, a] / total
                            * (p.Reward[s, a] + discount * values[p.Next[s, a]])
                    }
                ))

        Seq.fold (fun values _ -> improve values) (Array.zeroCreate states) (seq { 1..400 })

    let private distance (x: float[]) y =
        Array.map2 (fun x y -> abs (x - y)) x y |> Array.max

    /// η ≤ 1 − (1 − γ) E ρ of the state where ρ is least expected: theorem 1 of the paper.
    let private contraction bounds (p: Process) =
        let least =
            Seq.min (
                seq {
                    for s in 0 .. states - 1 ->
                        Seq.sum (
                            seq {
                                for a in 0 .. actions - 1 ->
                                    min (bounds.Rho * p.Acting[s, a]) p.Learning[s, a]
                            }
                        )
                }
            )

        1.0 - (1.0 - discount) * least

    let private bounds =
        gen {
            let! c = Gen.choose (1, 10)
            let! more = Gen.choose (0, 20)
            // The paper requires c̄ ≤ ρ̄.
            return { Rho = float (c + more) / 10.0; C = float c / 10.0 }
        }

    [<Test>]
    let ``contracts to the values of the policy between the two`` () =
        let isContracted (p, bounds) =
            let fixedPoint = valuesOf bounds p
            let start = [| 5.0; -3.0; 1.0 |]
            let rate = contraction bounds p

            let isWithin steps values =
                distance values fixedPoint
                <= rate ** float steps * distance start fixedPoint + 1e-9

            let once = expected bounds p start
            let all = Seq.fold (fun values _ -> expected bounds p values) start (seq { 1..600 })

            distance (expected bounds p fixedPoint) fixedPoint < 1e-9
            && isWithin 1 once
            && isWithin 600 all

        Gen.zip processes bounds
        |> Arb.fromGen
        |> fun arbitrary -> Prop.forAll arbitrary isContracted
        |> fun property ->
            FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest 30, property)

[<TestFixture>]
module ``an iteration that an earlier policy played`` =
    let private lagged updates config : OnPolicyConfig = {
        config with
            Lag = Some { Updates = updates; Bounds = { Rho = 1.0; C = 1.0 } }
    }

    let private still: OnPolicyConfig =
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

    /// Value functions learn: all that could differ are their targets.
    [<Test>]
    let ``is learned as its own where the policy did not change`` () =
        use _ = Ops.Scope()

        let after config =
            [ 1L; 2L; 3L ]
            |> List.fold
                (fun state seed -> update config state (iteration seed ragged))
                (fresh config)

        let without = after still
        let late = after (lagged 2 still)
        Assert.That((numbers { late with Earlier = [] } = numbers without))

        Assert.That(
            (Ops.ToDoubles without.Value.Values <> Ops.ToDoubles (fresh still).Value.Values)
        )

    [<Test>]
    let ``is corrected where it did`` () =
        use _ = Ops.Scope()
        let config = lagged 1 modern
        let first = update config (fresh config) (iteration 1L ragged)

        let metrics state =
            snd (OnPolicy.update (agent config) state (iteration 2L ragged))

        let ratio state =
            metrics state
            |> List.find (fun m -> m.Name = "importance_ratio")
            |> _.Value
            |> Ops.Item

        Assert.That(ratio (fresh config), Is.EqualTo(1.0).Within 1e-12)
        Assert.That(ratio first, Is.Not.EqualTo(1.0).Within 1e-6)
        let own = { first with Earlier = [ OnPolicyState.player first ] }

        Assert.That(
            (numbers (update config first (iteration 2L ragged))
             <> numbers (update config own (iteration 2L ragged)))
        )

    [<TestCase 1; TestCase 2; TestCase 3>]
    let ``is played by the policy of that many updates before`` lag =
        use _ = Ops.Scope()
        let config = lagged lag modern

        let states =
            [ 1L .. 5L ]
            |> List.scan
                (fun state seed -> update config state (iteration seed ragged))
                (fresh config)

        for count, state in List.indexed states do
            let players = OnPolicyState.players state

            Assert.That(players.Length, Is.EqualTo lag)

            for i, player in List.indexed players do
                let expected = states[max 0 (count + i - lag)]

                Assert.That(
                    (Ops.ToDoubles player.Policy.Values = Ops.ToDoubles expected.Policy.Values)
                )

                Assert.That((Ops.ToDoubles player.Obs.Mean = Ops.ToDoubles expected.Obs.Mean))

    [<Test>]
    let ``is stored with the state that will learn from it`` () =
        use _ = Ops.Scope()
        let config = lagged 2 modern
        let agent = agent config

        for count in [ 0; 1; 4 ] do
            let state =
                [ 1L .. int64 count ]
                |> List.fold
                    (fun state seed -> update config state (iteration seed ragged))
                    (fresh config)

            let named = OnPolicyCheckpoint.toNamed agent state |> Map.ofList

            match
                OnPolicyCheckpoint.ofNamed agent Examples.double (fun name ->
                    Map.tryFind name named)
            with
            | Ok restored -> Assert.That((numbers restored = numbers state))
            | Error faults -> Assert.Fail(String.concat "\n" faults)
