namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms

/// Tasks whose actions have different numbers, in double precision: what holds for a task alone holds for its rows.
[<TestFixture>]
module ``a policy over actions of different sizes`` =
    let private double = Examples.double
    let private tasks, private rows, private actions = 3, 4, 5

    /// Numbers of each task's actions, any from 1 to 5.
    let private sizesOf seed =
        let key = Key.ofSeed seed |> Key.forPurpose "sizes"
        List.init tasks (fun task -> 1 + Key.below actions (Key.at (int64 task) key))

    let private draw (name: string) shape seed =
        Draw.normal double (Key.forPurpose name (Key.ofSeed seed)) shape

    let private wide = [| int64 tasks; int64 rows; int64 actions |]

    let private gaussian name sizes seed : Gaussian = {
        Mean = draw (name + "mean") wide seed
        LogStd = 0.3 *. draw (name + "std") [| int64 tasks; 1L; int64 actions |] seed
        Mask = ActionMask.create double actions None sizes
    }

    let private part task size (x: Tensor) =
        Tensor.narrow 2 0L (int64 size) (Tensor.narrow 0 (int64 task) 1L x)

    /// The same of one task, as wide as its own actions.
    let private alone task size (gaussian: Gaussian) : Gaussian = {
        Mean = part task size gaussian.Mean
        LogStd = part task size gaussian.LogStd
        Mask = None
    }

    let private equal (expected: Tensor) (found: Tensor) task =
        let own =
            Tensor.narrow 0 (int64 task) 1L (Tensor.expand [| int64 tasks; int64 rows |] found)

        let expected = Tensor.expand [| 1L; int64 rows |] expected

        let difference =
            Examples.largestDifference (Tensor.toDoubles expected) (Tensor.toDoubles own)

        Assert.That(difference, Is.LessThan 1e-12)

    [<Property(MaxTest = 50)>]
    let ``has the densities, entropies and divergences of each task alone`` (seed: int) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let seed = int64 seed
        let sizes = sizesOf seed
        let p, q = gaussian "p" sizes seed, gaussian "q" sizes seed
        let action = draw "action" wide seed

        for task, size in List.indexed sizes do
            let p', q', action' = alone task size p, alone task size q, part task size action
            equal (Gaussian.logProb p' action') (Gaussian.logProb p action) task
            equal (Gaussian.entropy p') (Gaussian.entropy p) task
            equal (Gaussian.divergence p' q') (Gaussian.divergence p q) task

    [<Property(MaxTest = 50)>]
    let ``has the squashed densities of each task alone`` (seed: int) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let seed = int64 seed
        let sizes = sizesOf seed
        let p, noise = gaussian "p" sizes seed, draw "noise" wide seed
        let sample = TanhGaussian.sample p noise

        for task, size in List.indexed sizes do
            let own = TanhGaussian.sample (alone task size p) (part task size noise)
            equal own.LogProb sample.LogProb task

            let found = Tensor.toDoubles (part task size sample.Action)
            Assert.That((found = Tensor.toDoubles own.Action))

    [<Property(MaxTest = 20)>]
    let ``acts by zeros behind the numbers of a task`` (seed: int) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let seed = int64 seed
        let sizes = sizesOf seed
        let p, noise = gaussian "p" sizes seed, draw "noise" wide seed

        for action in
            [
                Gaussian.sample p noise
                Gaussian.mode p
                (TanhGaussian.sample p noise).Action
                TanhGaussian.mode p
            ] do
            let numbers = Tensor.toDoubles action

            for i in 0 .. numbers.Length - 1 do
                let task, number = i / (rows * actions), i % actions
                Assert.That((numbers[i] = 0.0), Is.EqualTo(number >= sizes[task]))

/// Networks for each task, so that what pads a task has weights of its own.
[<TestFixture>]
module ``an update with padding`` =
    open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

    /// The second task has three of five numbers of an observation, and one of two of an action.
    let private obsSizes, private actionSizes = [| 5; 3; 5 |], [| 2; 1; 2 |]

    /// Layers of each task, and layers of each group of tasks with equal sizes.
    let private ofTasks output = PerTask.layer (layers Tanh output)

    let private ofGroups output =
        PerGroup.layer [ 0; 1; 0 ] (ofTasks output)

    let private configOf (own: int -> Spec) improve : OnPolicyConfig =
        { padded scaledByTask with Improve = improve; ObsScaling = None }
        |> withPolicy (own 2)
        |> valueOf (fun network -> { network with Spec = own 1 })

    let private config = configOf ofTasks

    let private shortened (x: Tensor) =
        let mask = [|
            for size in obsSizes do
                for number in 0..4 -> if number < size then 1.0 else 0.0
        |]

        let shape = [|
            yield int64 tasks
            yield! Array.replicate ((Tensor.shape x).Length - 2) 1L
            yield 5L
        |]

        TensorOptions.fromDoubles (TensorOptions.ofTensor x) mask shape .* x

    /// Rows of `sampled`, whose padding is zeros in observations and any numbers in actions.
    let private padding seed : Iteration =
        let episodes = sampled ragged seed

        {
            episodes with
                Obs = shortened episodes.Obs
                LastObs = shortened episodes.LastObs
        }
        |> Iteration.create (Key.ofSeed seed) 0.3

    /// Places in a vector of weights that only padding of their task meets: columns of first layers behind its observations,
    /// and outputs and deviations behind its actions.
    let private places (layout: Layout) = [
        for slot in layout.Slots do
            let shape = slot.Parameter.Shape |> List.map int
            let size = List.fold (*) 1 shape.Tail

            // Weights, biases and deviations of tasks or groups: the second of both is padded.
            if slot.Parameter.PerTask || slot.Parameter.Path.Contains '/' then
                for i in 0 .. shape.Head * size - 1 do
                    let task = i / size

                    let isUnseen =
                        shape.Length = 3 && shape[1] = 5 && i % size / shape[2] >= obsSizes[task]

                    let isUnused = List.last shape = 2 && i % 2 >= actionSizes[task]

                    if isUnseen || isUnused then
                        int slot.Offset + i
    ]

    let private steps = [
        modern.Improve
        GradientSteps(LogLikelihood, OnPolicyDefaults.settings, None)
        TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion)
    ]

    [<TestCaseSource(nameof steps)>]
    let ``leaves every weight of padding as it is, bit by bit`` (improve: PolicyStep) =
        use _ = TorchSharp.torch.NewDisposeScope()

        for own in [ ofTasks; ofGroups ] do
            let config = configOf own improve
            let agent = agent config
            let state = moved config (fresh config)
            let next = update config state (padding 1L)

            for layout, before, after, least in
                [
                    // 2 · 8 weights, and of one output 6 weights, a bias and a deviation.
                    agent.PolicyLayout, state.Policy, next.Policy, 2 * 8 + 6 + 1 + 1
                    agent.ValueLayout, state.Value, next.Value, 2 * 8
                ] do
                let places = places layout
                Assert.That(places.Length, Is.EqualTo least)
                let before, after = Tensor.toDoubles before.Values, Tensor.toDoubles after.Values

                for place in places do
                    Assert.That((after[place] = before[place]), $"place {place}")

                let moves = Seq.zip before after |> Seq.filter (fun (x, y) -> x <> y) |> Seq.length
                Assert.That(moves, Is.GreaterThan(before.Length / 2))

    /// In one call of the library, in single precision.
    [<Test>]
    let ``has gradients that are exactly zero in native passes`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for own in [ ofTasks; ofGroups ] do
            let config = { configOf own modern.Improve with Advantage = plain.Advantage }
            let agent, single = agent config, (fun x -> Tensor.toType ScalarType.Float32 x)
            let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

            Assume.That(
                FusedMlp.IsAvailable state.Policy.Values,
                "this processor has no such passes"
            )

            let iteration = padding 1L
            let episodes = iteration.Episodes

            let prepared, _ =
                Preparation.prepare agent state {
                    iteration with
                        Episodes = {
                            episodes with
                                Obs = single episodes.Obs
                                Action = single episodes.Action
                                Reward = single episodes.Reward
                                LastObs = single episodes.LastObs
                        }
                }

            let problem = Ppo.problem agent state (ClippedRatio 0.2) prepared

            let job =
                FusedMlp.job
                    None
                    (Minibatches.indices [ Preparation.allRows prepared ])
                    problem.Fused.Value

            let struct (gradients, _) = FusedMlp.TaskGradients(job, state.Policy.Values)
            let gradients = Tensor.toDoubles gradients

            for place in places agent.PolicyLayout do
                Assert.That((gradients[place] = 0.0), $"place {place}")

            Assert.That(gradients |> Seq.filter ((<>) 0.0) |> Seq.length, Is.GreaterThan 100)

    [<TestCaseSource(nameof steps)>]
    let ``does not depend on the numbers that pad an action`` (improve: PolicyStep) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = config improve
        let state, iteration = moved config (fresh config), padding 1L
        let episodes = iteration.Episodes

        let mask =
            ActionMask.create Examples.double 2 None (List.ofArray actionSizes)
            |> Option.get

        let noise = (padding 9L).Episodes.Action
        let unused = 1.0 +. -1.0 *. Tensor.unsqueeze 1 mask
        let changed = episodes.Action .+ unused .* noise
        let other = { iteration with Episodes = { episodes with Action = changed } }

        Assert.That((Tensor.toDoubles changed <> Tensor.toDoubles episodes.Action))
        Assert.That((numbers (update config state iteration) = numbers (update config state other)))

    /// The second task alone, as wide as it is: the loss and its gradient are those of its rows among others.
    [<Test>]
    let ``has the entropy coefficients of each task alone`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let tuned = { padded tuned with ObsScaling = None }
        let state = fresh tuned
        let next = update tuned state (padding 1L)

        // σ is 1 in every number at the start: the entropy of a number is that of a standard normal one, whatever their count.
        let same = { tuned with ActionSizes = [] }

        let started =
            EntropyStep.update (agent tuned) (prepare tuned state (padding 1L)) state state.Policy

        let whole =
            EntropyStep.update (agent same) (prepare same state (padding 1L)) state state.Policy

        Assert.That(Examples.largestDifference started whole, Is.LessThan 1e-12)
        Assert.That(next.EntropyCoefficient |> Array.forall System.Double.IsFinite)

/// The same laws of soft actor-critic.
[<TestFixture>]
module ``soft actor-critic with padding`` =
    open MtrlFunctional.Tests.Algorithms.Examples

    let private sizes = [ 2; 1; 2 ]

    let private ofTasks output = PerTask.layer (Spec.layers 1 6 output)

    let private ofGroups output =
        PerGroup.layer [ 0; 1; 0 ] (ofTasks output)

    let private configOf (own: int -> Spec) = {
        plain with
            ActionSizes = sizes
            Networks.Actor = Chain.layer [ "own", own 4 ]
            Networks.Critic = Chain.layer [ "own", own 1 ]
    }

    let private config = configOf ofTasks

    let private mask () =
        ActionMask.create double 2 None sizes |> Option.get

    /// Stored actions end in zeros.
    let private batch counter =
        let batch = batchOf config 6 counter
        { batch with Action = mask () .* batch.Action }

    let private values (part: PartKey<AdamState>) (state: SacState) =
        Tensor.toDoubles (state.Get part).Values

    /// Places of the second task in parameters for each task whose last or second dimension is that of actions.
    let private places (layout: Layout) isPadding = [
        for slot in layout.Slots do
            let shape = slot.Parameter.Shape |> List.map int

            if slot.Parameter.Path.Contains "own/" && shape.Length > 1 then
                let size = shape |> List.tail |> List.reduce (*)

                for i in 0 .. size - 1 do
                    if isPadding shape (i / List.last shape) (i % List.last shape) then
                        int slot.Offset + size + i
    ]

    [<Test>]
    let ``leaves every weight of padding as it is, bit by bit`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for own in [ ofTasks; ofGroups ] do
            let config = configOf own
            let agent = agent config
            let state = fresh config
            let next, _ = Sac.update agent state (batch 1L)

            // Means are the first two outputs, log σ the last two; actions follow five numbers of features.
            let outputs (shape: int list) _ column = List.last shape = 4 && column % 2 = 1

            let inputs (shape: int list) row _ =
                shape.Length = 3 && shape[1] = 7 && row = 6

            for part, places, count in
                [
                    SacParts.actor, places agent.ActorLayout outputs, 2 * (6 + 1)
                    SacParts.critic, places agent.CriticLayout inputs, 2 * 6
                ] do
                Assert.That(places.Length, Is.EqualTo count)
                let before, after = values part state, values part next

                for place in places do
                    Assert.That((after[place] = before[place]), $"{part.PartName} {place}")

                Assert.That((before <> after))

    [<Test>]
    let ``aims at minus the numbers of each task's actions`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let entropy = Draw.constant double 0.5 [| 3L; 4L |]
        let gaps = ActorRows.gap config None entropy |> Tensor.toDoubles

        let expected = [|
            for size in sizes do
                yield! Array.create 4 (0.5 + float size)
        |]

        Assert.That((gaps = expected))

        for task, size in List.indexed sizes do
            let one = ActorRows.gap config (Some task) (Draw.constant double 0.5 [| 1L; 4L |])
            Assert.That((Tensor.toDoubles one = Array.create 4 (0.5 + float size)))

    /// Noise of padded numbers is drawn, and changes nothing.
    [<Test>]
    let ``does not depend on the noise of padding`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batch 1L
        let unused = 1.0 +. -1.0 *. mask ()
        let other = batchOf config 6 8L

        let changed = {
            batch with
                Noise = batch.Noise .+ unused .* other.Noise
                NextNoise = batch.NextNoise .+ unused .* other.NextNoise
        }

        let next batch = fst (Sac.update agent state batch)
        Assert.That((numbers (next batch) = numbers (next changed)))
