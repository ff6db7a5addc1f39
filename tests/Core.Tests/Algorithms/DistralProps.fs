module MtrlFunctional.Tests.Algorithms.DistralProps

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Agents of three tasks that share nothing.
module SeparateExamples =
    let config: SacConfig = {
        plain with
            IndependentAgents = true
            Networks.Encoder = Chain.layer [ "trunk", PerTask.layer (Spec.layers 1 6 4) ]
            Networks.Actor = Chain.layer [ "own", PerTask.layer (Spec.layers 1 6 4) ]
            Networks.Critic = Chain.layer [ "own", PerTask.layer (Spec.layers 1 6 1) ]
    }

    /// As if each task had been given other weights, and one of them no rows.
    let batch counter =
        let batch = batchOf config 8 counter
        let weight = Tensor.ofDoubles [| 3L; 1L |] [| 1.0; 3.0; 0.0 |]
        { batch with Weight = batch.Weight .* weight }

    /// The agent of a single task.
    let alone (agent: SacAgent) =
        SacAgent.create agent.Shards { agent.Config with Tasks = 1 }

    let take agent task state =
        StatePart.ofTask (SacState.parts agent) task state

    let join alone states =
        StatePart.ofTasks (SacState.parts alone) states

open SeparateExamples

let ``agents that share nothing`` = [
    testLaw 5 [] "learn as if each were alone" (fun (seed: int64) ->
        let agent = agent config
        let alone = alone agent
        let state = SacState.create agent (Key.ofSeed seed) double

        let whole, parts =
            [ 1L .. 3L ]
            |> List.fold
                (fun (whole, parts) k ->
                    let batch = batchOf config 8 k

                    let part i state =
                        Sac.update alone state (Batch.task (int64 i) batch) |> fst

                    fst (Sac.update agent whole batch), List.mapi part parts)
                (state, [ for i in 0..2 -> take agent i state ])

        largestDifference (numbers whole) (numbers (join alone parts)) < 1e-12)

    // However the weights of a task's rows compare with another's.
    testCase "count alike, and one without rows learns nothing" (fun () ->
        let agent, state = agent config, fresh config
        let alike, _ = Sac.update agent state (batchOf config 8 1L)
        let weighted, metrics = Sac.update agent state (batch 1L)
        let part i state = numbers (take agent i state)

        for i in [ 0; 1 ] do
            largestDifference (part i alike) (part i weighted) |> isBelow 1e-12

        let actor state =
            (take agent 2 state).Actor.Values |> Tensor.toDoubles

        actor weighted |> equals (actor state)

        let loss i =
            let alone = alone agent

            let _, metrics =
                Sac.update alone (take agent i state) (Batch.task (int64 i) (batch 1L))

            reading "critic_loss" metrics

        reading "critic_loss" metrics |> isWithin 1e-12 ((loss 0 + loss 1) / 2.0))
]

let ``a Distral update`` = [
    let config: DistralConfig = {
        Agents = SeparateExamples.config
        Distilled =
            Chain.layer [
                "encoder", Chain.layer [ "trunk", Spec.mlp 1 6 4 ]
                "actor", Chain.layer [ "trunk", Spec.mlp 1 6 4 ]
            ]
        DivergenceWeight = 0.3
        PenalisesDivergence = true
        Decoder = None
        EncoderAdam = adam 1e-3
        CoversAgentModes = true
        EvaluatesAgents = true
    }

    let original = {
        config with
            PenalisesDivergence = false
            CoversAgentModes = false
            EvaluatesAgents = false
    }

    let agent config =
        DistralAgent.create (Shards.serial 1) config

    let fresh config =
        DistralState.create (agent config) (Key.ofSeed 3L) double

    let numbers state = numbersOf (DistralState.owns state)

    let batch (config: DistralConfig) counter =
        let other = batchOf config.Agents 8 (counter + 100L)

        {
            batchOf config.Agents 8 counter with
                Draws = Map [ for draw in DistralDraws.ofConfig config -> draw.Name, other.Noise ]
        }

    let train agent state =
        [ 1L .. 3L ]
        |> List.fold (fun state k -> fst (Distral.update agent state (batch agent.Config k))) state

    let both = [ config; original ]

    testEach "gives the same bits for the same inputs, and leaves them alone" both (fun config ->
        let agent, state = agent config, fresh config
        let before = numbers state
        let first, metrics = Distral.update agent state (batch config 1L)
        let second, _ = Distral.update agent state (batch config 1L)
        numbers first |> equals (numbers second)
        numbers state |> equals before

        Tensor.toDoubles first.Distilled.Values
        |> differsFrom (Tensor.toDoubles state.Distilled.Values)

        reading "batch_reward" metrics
        |> isWithin 1e-12 (Tensor.item (Tensor.mean (batch config 1L).Reward)))

    testEach "split into parts is the whole" both (fun config ->
        let state = fresh config
        let split = DistralAgent.create (Shards.serial 3) config

        largestDifference (numbers (train (agent config) state)) (numbers (train split state))
        |> isBelow 1e-12)

    testEach "keeps no tensors but the state's" both (fun config ->
        let agent, batch = agent config, batch config 0L

        let indices = [ for i in 0L .. 2L -> Batch.task i batch ]

        for update in
            [
                fun state -> Distral.update agent state batch
                fun state -> Distral.updateInTurn agent state indices
            ] do
            leavesNothing DistralState.owns update (fresh config))

    // c_KL = 0.
    testLaw 5 [] "without a price of leaving is soft actor-critic, bit by bit" (fun (seed: int64) ->
        let agent = agent { config with DivergenceWeight = 0.0 }
        let state = DistralState.create agent (Key.ofSeed seed) double
        let batch = batch config seed
        let next, _ = Distral.update agent state batch
        let plain, _ = Sac.update agent.Agents state.Agents.Sac batch
        Examples.numbers next.Agents.Sac = Examples.numbers plain)

    // One agent after the other is all at once where there is one.
    testEach "in turn is at once for a single task" both (fun config ->
        let config = { config with Agents.Tasks = 1 }
        let agent, state, batch = agent config, fresh config, batch config 1L
        let once, _ = Distral.update agent state batch
        let inTurn, _ = Distral.updateInTurn agent state [ batch ]
        numbers inTurn |> equals (numbers once))

    // The original's disentangled temperatures: each agent has one for the rows of each task.
    let disentangled = { original with Agents.TemperaturesOfTask = 3 }

    // Batches of each agent, of four rows of each task.
    let inTurn config = [
        for agent in 0L .. 2L do
            let batch = Batch.together (batchOf config.Agents 4 agent)

            RandomDraw.add double (Key.ofSeed agent) (DistralDraws.ofConfig config) {
                batch with
                    Step = 0L
            }
    ]

    testCase "with temperatures of rows is that with one where they are equal" (fun () ->
        let after config =
            let agent = agent config
            let next, _ = Distral.updateInTurn agent (fresh config) (inTurn config)

            numbersOf [
                next.Distilled.Values
                next.Agents.Sac.Actor.Values
                next.Agents.Sac.Critic.Values
            ],
            Tensor.toDoubles next.Agents.Sac.LogAlpha.FirstMoment

        let one, slope = after original
        let many, slopes = after disentangled
        largestDifference one many |> isBelow 1e-12

        // The slope of their sum.
        let sums = slopes |> Array.chunkBySize 3 |> Array.map Array.sum
        largestDifference slope sums |> isBelow 1e-12
        slopes |> Array.distinct |> Array.length |> equals 9)

    testCase "reads the temperature of each row's task" (fun () ->
        let alone = { disentangled with Agents.Tasks = 1 }
        let agent = agent alone
        let state = (fresh alone).Agents.Sac
        let logs = Tensor.ofDoubles [| 3L |] [| log 1.0; log 2.0; log 5.0 |]
        let state = { state with LogAlpha = AdamState.start logs }

        SacView.alpha (SacView.read agent.Agents state) (inTurn disentangled).Head
        |> Tensor.toDoubles
        |> Array.map (fun alpha -> System.Math.Round(alpha, 9))
        |> equals [| 1.0; 1.0; 1.0; 1.0; 2.0; 2.0; 2.0; 2.0; 5.0; 5.0; 5.0; 5.0 |])
]
