module MtrlFunctional.Tests.Algorithms.OnPolicySurgeryTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.RowProblem
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Policy and value function of every kind, task by task.
let ``gradients of on-policy agents task by task`` = [
    let heads =
        Chain.layer [
            "trunk", Mlp.layer (layers Tanh 6)
            "heads", PerTask.layer { layers Relu 2 with Hidden = [] }
        ]

    let configs = [
        yield! agents
        withStd (fun std -> { std with Learned = false }) modern
        withPolicy heads modern
    ]

    // The problems of an agent; `own` are the tasks' rows.
    let problems config lengths =
        let agent = agent config
        let state = moved config (fresh config)
        let prepared = prepare config state (iteration 1L lengths)

        [
            Ppo.problem agent state Ratio prepared, state.Policy.Values
            match config.Value with
            | ValueNetwork network ->
                ValueFitting.problem agent state network prepared, state.Value.Values
            | LinearFeatures _ -> ()
        ],
        prepared.Rows

    let all (problem: RowProblem.RowProblem) = int (Tensor.size 1 problem.Columns[0])

    let serial = Shards.serial 1

    let minibatches (problem: RowProblem.RowProblem) rows =
        Minibatches.pass problem.Block (all problem) rows (Some 12) (fun _ _ n -> Array.init n id) 0
        |> Seq.toList

    // The minibatch in which only one task counts.
    let only task (minibatch: Minibatches.Minibatch) : Minibatches.Minibatch =
        let own = minibatch.Weight.Length / tasks

        let weight =
            minibatch.Weight |> Array.mapi (fun i w -> if i / own = task then w else 0.0)

        { minibatch with Weight = weight |> Array.map (fun w -> w / Array.sum weight) }

    let wholeOf problem task gradients =
        List.head (wholeGradient [ problem.Layout ] task gradients)

    // Advantages are left as they are: what is centred depends on all tasks.
    testEach "are those of the task's rows alone" configs (fun config ->
        let problems, rows =
            problems
                { config with Advantage = { plain.Advantage with NormalisedOver = None } }
                ragged

        for problem, values in problems do
            for minibatch in minibatches problem rows do
                let gradients = ofTasks serial problem tasks values minibatch

                for task in 0 .. tasks - 1 do
                    if gradients.Shared.Present[task] then
                        let expected, loss =
                            gradient serial problem tasks values (only task minibatch)

                        largestDifference
                            (Tensor.toDoubles expected[0])
                            (wholeOf problem task gradients)
                        |> isBelow 1e-10

                        gradients.Shared.Losses[task] |> isWithin 1e-10 (Tensor.item loss))

    let small = [
        plain
        modern
        tuned
        padded tuned
        withPolicy heads modern
        withPolicy (PerTask.layer (layers Tanh 2)) plain
    ]

    // In single precision: by the library, and recorded.
    testEach "are the same in one call of the library" small (fun config ->
        let agent, single = agent config, (fun x -> Tensor.toType ScalarType.Float32 x)
        let state = differing (OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu)

        let iteration =
            sampled ragged 1L |> mapped single |> Iteration.create (Key.ofSeed 1L) 0.3

        if not (FusedMlp.IsAvailable state.Policy.Values) then
            skiptest "this processor has no such passes"

        let prepared, _ = Preparation.prepare agent state iteration

        let problems = [
            Ppo.problem agent state (ClippedRatio 0.2) prepared, state.Policy.Values
            match config.Value with
            | ValueNetwork network ->
                ValueFitting.problem agent state network prepared, state.Value.Values
            | LinearFeatures _ -> ()
        ]

        for problem, values in problems do
            isTrue problem.Fused.IsSome

            // Two of three tasks have rows in the last one.
            for minibatch in minibatches problem prepared.Rows do
                let gradients problem =
                    ofTasks serial problem tasks values minibatch

                let called, recorded = gradients problem, gradients { problem with Fused = None }
                called.Shared.Present |> equals recorded.Shared.Present

                for task in 0 .. tasks - 1 do
                    if called.Shared.Present[task] then
                        largestDifference
                            (wholeOf problem task recorded)
                            (wholeOf problem task called)
                        |> isBelow 1e-5

                        called.Shared.Losses[task] |> isWithin 1e-5 (recorded.Shared.Losses[task]))
]

/// The gradients of tasks joined in an update, with every kind of step, value function and network.
let ``surgery in an update of an on-policy agent`` = [
    let mean = OnPolicySurgery.both (Surgery.Plain Reduction.Mean) (Key.ofSeed 5L)

    // All tasks have as many rows. One agent in three; in the long form every one.
    let some =
        agents
        |> List.indexed
        |> List.filter (fun (i, _) -> i % LongForm.count 3 1 = 0)
        |> List.map snd

    testEach "that takes the mean changes nothing" some (fun config ->
        let plain = update config (fresh config) (iteration 1L whole)

        for ownToo in [ false; true ] do
            let config = { config with Surgery = Some { mean with OwnToo = ownToo } }
            let joined = update config (fresh config) (iteration 1L whole)
            largestDifference (numbers plain) (numbers joined) |> isBelow 1e-8)
]

/// How the tasks' gradients stand to each other.
let ``conflicts of an on-policy agent`` = [
    let updated config episodes =
        let agent = OnPolicyAgent.create (Shards.serial 1) config
        let state = OnPolicyState.create agent (Key.ofSeed 5L) double
        let iteration = Iteration.create (Key.ofSeed 1L) 0.3 episodes
        let plain = OnPolicy.update agent state iteration
        let live = liveTensors ()
        let recorded = OnPolicy.updateWithConflicts agent state 10L 2L iteration

        plain, recorded, Libtorch.LiveTensors - live

    let measured config episodes =
        let _, (_, _, records), _ = updated config episodes
        records

    testCase "are measured for policy and value function, and change nothing" (fun () ->
        let (state, metrics), (same, sameMetrics, records), added =
            updated modern (sampled ragged 1L)

        let numbers state =
            state |> OnPolicyState.owns |> Seq.map Tensor.toDoubles |> Seq.toList

        numbers state |> equals (numbers same)
        Metrics.read metrics |> equals (Metrics.read sameMetrics)
        // New: what the next state does not share with the one before, and the metrics.
        added
        |> isAtMost (int64 (Seq.length (OnPolicyState.owns state) + metrics.Length))

        records |> List.map _.Part |> equals [ "policy"; "value" ]

        for record in records do
            record.Agreement.Lengths.Length |> equals tasks
            record.Agreement.Cosines |> Seq.iter (isInRange -1.0 1.0))

    // All rows are one minibatch of PPO; a natural step knows no minibatches.
    testCase "are those of advantages as a step is shown them" (fun () ->
        let ofPolicy how (config: OnPolicyConfig) =
            let record =
                measured { config with Advantage.NormalisedOver = how } (sampled ragged 1L)
                |> List.head

            Array.append record.Agreement.Lengths record.Agreement.Cosines

        let together, whole = ofPolicy (Some EachMinibatch), ofPolicy (Some WholeBatch)
        largestDifference (together plain) (whole plain) |> isBelow 1e-6
        largestDifference (together plain) (ofPolicy None plain) |> isAbove 1e-3

        let natural = natural plain
        together natural |> equals (ofPolicy None natural))

    testCase "are none where tasks share nothing" (fun () ->
        let alone = {
            (plain |> withPolicy (PerTask.layer (layers Tanh 2)) |> stdPerTask) with
                Value = LinearFeatures 1e-5
        }

        measured alone (sampled whole 1L) |> isEmpty)
]
