module MtrlFunctional.Tests.Algorithms.PaddingProps

open Expecto
open Expecto.Flip
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms

/// Tasks whose actions have different numbers, in double precision: what holds for a task alone holds for its rows.
let ``a policy over actions of different sizes`` = [
    let tasks, rows, actions = 3, 4, 5
    let wide = [| int64 tasks; int64 rows; int64 actions |]

    let part task size (x: Tensor) =
        Tensor.narrow 2 0L (int64 size) (Tensor.narrow 0 (int64 task) 1L x)

    // The same of one task, as wide as its own actions.
    let alone task size (gaussian: Gaussian) : Gaussian = {
        Mean = part task size gaussian.Mean
        LogStd = part task size gaussian.LogStd
        Mask = None
    }

    testLaw
        50
        []
        "has the densities, entropies and divergences of each task alone, also squashed"
        (fun seed ->
            let key = Key.ofSeed seed
            // Any from 1 to 5.
            let sizes =
                List.init tasks (fun task -> 1 + Key.below actions (Key.at (int64 task) key))

            let draw name shape =
                Draw.normal Examples.double (Key.forPurpose name key) shape

            let gaussian name : Gaussian = {
                Mean = draw (name + "mean") wide
                LogStd = 0.3 *. draw (name + "std") [| int64 tasks; 1L; int64 actions |]
                Mask = ActionMask.create Examples.double actions None sizes
            }

            let p, q, action = gaussian "p", gaussian "q", draw "action" wide

            let numbers (p: Gaussian) q action = [
                Gaussian.logProb p action
                Gaussian.entropy p
                Gaussian.divergence p q
                (TanhGaussian.sampleBy SquashDensity.Exact p action).LogProb
            ]

            for task, size in List.indexed sizes do
                let own = numbers (alone task size p) (alone task size q) (part task size action)

                for found, expected in List.zip (numbers p q action) own do
                    let found = Tensor.narrow 0 (int64 task) 1L found |> Tensor.toDoubles
                    Tensor.toDoubles expected |> areWithin 1e-12 found)
]

open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Networks for each task, so that what pads a task has weights of its own.
let ``an update with padding`` = [
    // The second task has three of five numbers of an observation, and one of two of an action.
    let obsSizes, actionSizes = [| 5; 3; 5 |], [| 2; 1; 2 |]

    // Layers of each task, and layers of each group of tasks with equal sizes.
    let ofTasks output = PerTask.layer (layers Tanh output)

    let ofGroups output =
        PerGroup.layer [ 0; 1; 0 ] (ofTasks output)

    let configOf (own: int -> Spec) improve : OnPolicyConfig =
        { padded scaledByTask with Improve = improve; ObsScaling = None }
        |> withPolicy (own 2)
        |> valueOf (fun network -> { network with Spec = own 1 })

    let config = configOf ofTasks

    let shortened (x: Tensor) =
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

    // Rows of `sampled`, whose padding is zeros in observations and any numbers in actions.
    let padding seed : Iteration =
        let episodes = sampled ragged seed

        {
            episodes with
                Obs = shortened episodes.Obs
                LastObs = shortened episodes.LastObs
        }
        |> Iteration.create (Key.ofSeed seed) 0.3

    // Places in a vector of weights that only padding of their task meets: columns of first layers behind its observations,
    // and outputs and deviations behind its actions.
    let places (layout: Layout) = [
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

    let steps = [
        modern.Improve
        GradientSteps(LogLikelihood, OnPolicyDefaults.settings, None)
        TrustRegionStep(Ratio, OnPolicyDefaults.trustRegion)
    ]

    testEach "leaves every weight of padding as it is, bit by bit" steps (fun improve ->
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
                places.Length |> equals least
                let before, after = Tensor.toDoubles before.Values, Tensor.toDoubles after.Values

                for place in places do
                    after[place] |> Expect.equal $"place {place}" (before[place])

                let moves = Seq.zip before after |> Seq.filter (fun (x, y) -> x <> y) |> Seq.length
                moves |> isAbove (before.Length / 2))

    // In one call of the library, in single precision.
    testCase "has gradients that are exactly zero in native passes" (fun () ->
        for own in [ ofTasks; ofGroups ] do
            let config = { configOf own modern.Improve with Advantage = plain.Advantage }
            let agent, single = agent config, (fun x -> Tensor.toType ScalarType.Float32 x)
            let state = OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

            if not (FusedMlp.IsAvailable state.Policy.Values) then
                skiptest "this processor has no such passes"

            let iteration = padding 1L
            let iteration = { iteration with Episodes = mapped single iteration.Episodes }
            let prepared, _ = Preparation.prepare agent state iteration

            let problem = Ppo.problem agent state (ClippedRatio 0.2) prepared

            let job =
                FusedMlp.job
                    None
                    (Minibatches.indices [ Preparation.allRows prepared ])
                    problem.Fused.Value

            let struct (gradients, _) = FusedMlp.TaskGradients(job, state.Policy.Values)
            let gradients = Tensor.toDoubles gradients

            for place in places agent.PolicyLayout do
                gradients[place] |> Expect.equal $"place {place}" 0.0

            gradients |> Seq.filter ((<>) 0.0) |> Seq.length |> isAbove 100)

    testEach "does not depend on the numbers that pad an action" steps (fun improve ->
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

        Tensor.toDoubles changed |> differsFrom (Tensor.toDoubles episodes.Action)

        numbers (update config state iteration)
        |> equals (numbers (update config state other)))

    testCase "steers the entropy of a number of an action, however many a task has" (fun () ->
        let tuned = { padded tuned with ObsScaling = None }
        let state = fresh tuned
        let next = update tuned state (padding 1L)

        // σ is 1 in every number at the start: the entropy of a number is that of a standard normal one.
        let same = { tuned with ActionSizes = [] }

        let started =
            EntropyStep.update (agent tuned) (prepare tuned state (padding 1L)) state state.Policy

        let whole =
            EntropyStep.update (agent same) (prepare same state (padding 1L)) state state.Policy

        Examples.largestDifference started whole |> isBelow 1e-12
        next.EntropyCoefficient |> Array.forall System.Double.IsFinite |> isTrue)
]

open MtrlFunctional.Tests.Algorithms.Examples

/// The same laws of soft actor-critic.
let ``soft actor-critic with padding`` = [
    let sizes = [ 2; 1; 2 ]

    let ofTasks output = PerTask.layer (Spec.layers 1 6 output)

    let ofGroups output =
        PerGroup.layer [ 0; 1; 0 ] (ofTasks output)

    let configOf (own: int -> Spec) = {
        plain with
            ActionSizes = sizes
            Networks.Actor = Chain.layer [ "own", own 4 ]
            Networks.Critic = Chain.layer [ "own", own 1 ]
    }

    let config = configOf ofTasks

    let mask () =
        ActionMask.create double 2 None sizes |> Option.get

    // Stored actions end in zeros.
    let batch counter =
        let batch = batchOf config 6 counter
        { batch with Action = mask () .* batch.Action }

    // Places of the second task in parameters for each task whose last or second dimension is that of actions.
    let places (layout: Layout) isPadding = [
        for slot in layout.Slots do
            let shape = slot.Parameter.Shape |> List.map int

            if slot.Parameter.Path.Contains "own/" && shape.Length > 1 then
                let size = shape |> List.tail |> List.reduce (*)

                for i in 0 .. size - 1 do
                    if isPadding shape (i / List.last shape) (i % List.last shape) then
                        int slot.Offset + size + i
    ]

    testCase "leaves every weight of padding as it is, bit by bit" (fun () ->
        for own in [ ofTasks; ofGroups ] do
            let config = configOf own
            let agent = agent config
            let state = fresh config
            let next, _ = Sac.update agent state (batch 1L)

            // Means are the first two outputs, log σ the last two; actions follow five numbers of features.
            let outputs (shape: int list) _ column = List.last shape = 4 && column % 2 = 1

            let inputs (shape: int list) row _ =
                shape.Length = 3 && shape[1] = 7 && row = 6

            let values part = part state, part next

            for name, (before, after), places, count in
                [
                    "actor", values _.Actor, places agent.ActorLayout outputs, 2 * (6 + 1)
                    "critic", values _.Critic, places agent.CriticLayout inputs, 2 * 6
                ] do
                places.Length |> equals count
                let before, after = Tensor.toDoubles before.Values, Tensor.toDoubles after.Values

                for place in places do
                    after[place] |> Expect.equal $"{name} {place}" (before[place])

                before |> differsFrom after)

    testCase "aims at minus the numbers of each task's actions" (fun () ->
        let entropy = Draw.constant double 0.5 [| 3L; 4L |]
        let gaps = SacLosses.entropyGap config None entropy |> Tensor.toDoubles

        let expected = [|
            for size in sizes do
                yield! Array.create 4 (0.5 + float size)
        |]

        gaps |> equals expected

        for task, size in List.indexed sizes do
            let one =
                SacLosses.entropyGap config (Some task) (Draw.constant double 0.5 [| 1L; 4L |])

            Tensor.toDoubles one |> equals (Array.create 4 (0.5 + float size)))

    // Noise of padded numbers is drawn, and changes nothing.
    testCase "does not depend on the noise of padding" (fun () ->
        let agent, state, batch = agent config, fresh config, batch 1L
        let unused = 1.0 +. -1.0 *. mask ()
        let other = batchOf config 6 8L

        let changed = {
            batch with
                Noise = batch.Noise .+ unused .* other.Noise
                NextNoise = batch.NextNoise .+ unused .* other.NextNoise
        }

        let next batch = fst (Sac.update agent state batch)
        numbers (next batch) |> equals (numbers (next changed)))
]
