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

    testCase "taken apart and joined are the same" (fun () ->
        let agent = agent config
        let state = train agent (fresh config)
        let parts = [ for i in 0..2 -> take agent i state ]
        let again = join (alone agent) parts
        numbers again |> equals (numbers state)
        again.Critic.Steps |> equals state.Critic.Steps)

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

let ``a price of leaving another policy`` = [
    let policy (key: Key) =
        let numbers = Draw.normal double key [| 1L; 5L; 6L |]
        TanhGaussian.ofOutput (-2.0, 1.0) numbers

    let two (seed: int64) =
        let key = Key.ofSeed seed
        policy (Key.forPurpose "p" key), policy (Key.forPurpose "q" key)

    testLaw 20 [] "is the policy's own log probability at its own draws" (fun (seed: int64) ->
        let p, _ = two seed

        let draw =
            TanhGaussian.sampleBy
                SquashDensity.Exact
                p
                (Draw.normal double (Key.ofSeed seed) [| 1L; 5L; 3L |])

        let again = TanhGaussian.logProbBy SquashDensity.Exact p draw
        largestDifference (Tensor.toDoubles draw.LogProb) (Tensor.toDoubles again) < 1e-9)

    // The mean of log p − log q over draws of p.
    testLaw 10 [] "is on average the divergence" (fun (seed: int64) ->
        let p, q = two seed
        let count = 20_000L

        let repeated x =
            Tensor.expand [| 1L; count; 3L |] (Tensor.narrow 1 0L 1L x)

        let many policy = {
            policy with
                Mean = repeated policy.Mean
                LogStd = repeated policy.LogStd
        }

        let noise =
            Draw.normal double (Key.ofSeed seed |> Key.forPurpose "noise") [| 1L; count; 3L |]

        let draw = TanhGaussian.sampleBy SquashDensity.Exact (many p) noise
        let left = draw.LogProb .- TanhGaussian.logProbBy SquashDensity.Exact (many q) draw
        let expected = (Tensor.toDoubles (Gaussian.divergence p q))[0]
        let numbers = Tensor.toDoubles left
        let mean = Array.average numbers
        let spread = numbers |> Array.averageBy (fun x -> (x - mean) * (x - mean)) |> sqrt
        abs (mean - expected) < 6.0 * spread / sqrt (float count) + 1e-9)

    testLaw
        20
        []
        "is never negative on average, and zero only at the same policy"
        (fun (seed: int64) ->
            let p, q = two seed
            let apart = Gaussian.divergence p q |> Tensor.toDoubles
            let none = Gaussian.divergence p p |> Tensor.toDoubles

            Array.forall (fun x -> x > 0.0) apart
            && Array.forall (fun x -> abs x < 1e-12) none)
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

    // c_KL without end: all that counts is to be like the distilled policy.
    testCase "with a high price draws the agents to the distilled policy" (fun () ->
        let config = {
            config with
                DivergenceWeight = 1e4
                Agents.ActorAdam = adam 1e-2
                Agents.Discount = 0.0
        }

        let agent = agent config
        let start = fresh config
        let rows = (batch config 1L).Obs

        let apart (state: DistralState) =
            let view = SacView.read agent.Agents state.Agents.Sac

            Gaussian.divergence
                (SacView.actorFeatures view rows |> SacView.gaussian view)
                (DistralAgent.policy agent (DistralAgent.distilled agent state) rows)
            |> Tensor.mean
            |> Tensor.item

        // The distilled policy stays, so that only the agents move.
        let step (state: DistralState) k =
            let next, _ = Distral.update agent state (batch config k)
            { next with Distilled = start.Distilled }

        let last = List.fold step start [ 1L .. 150L ]
        apart last |> isBelow (0.25 * apart start))

    // Agents whose networks all are the distilled policy's.
    testCase "teaches the distilled policy nothing where all agents act as it does" (fun () ->
        let config = {
            config with
                Agents.Networks.Encoder = Identity.layer
                Distilled = Chain.layer [ "actor", Chain.layer [ "trunk", Spec.mlp 1 6 4 ] ]
        }

        let agent = agent config
        let state = fresh config
        let weights = DistralAgent.distilled agent state

        let copied =
            Layout.flatten agent.Agents.ActorLayout (fun p ->
                let same = weights[p.Path.Replace("own/", "actor/trunk/")]
                Tensor.stack 0 [| same; same; same |])

        let alike = { state with Agents.Sac.Actor = AdamState.start copied }

        let next, metrics = Distral.update agent alike (batch config 2L)
        let other, _ = Distral.update agent state (batch config 2L)

        let learned (state: DistralState) =
            Tensor.toDoubles state.Distilled.FirstMoment |> Array.map abs |> Array.max

        reading "distilled_loss" metrics |> isWithin 1e-12 0.0
        learned next |> isBelow 1e-12
        learned other |> isAbove 1e-6)

    testEach "does not care for the order of tasks" both (fun config ->
        let agent, state, batch = agent config, fresh config, batch config 1L

        let alone = DistralAgent.create (Shards.serial 1) { config with Agents.Tasks = 1 }

        let order = [ 2; 0; 1 ]

        let permuteState (state: DistralState) =
            StatePart.ofTasks (DistralState.parts alone) [
                for i in order -> StatePart.ofTask (DistralState.parts agent) i state
            ]

        let permute x =
            Tensor.indexSelect 0 (Tensor.ofLongs [| 3L |] [| 2L; 0L; 1L |]) x

        let permuted = Batch.map permute batch

        let next, _ = Distral.update agent state batch
        let other, _ = Distral.update agent (permuteState state) permuted

        largestDifference (numbers (permuteState next)) (numbers other) |> isBelow 1e-12)

    // One agent after the other is all at once where there is one.
    testEach "in turn is at once for a single task" both (fun config ->
        let config = { config with Agents.Tasks = 1 }
        let agent, state, batch = agent config, fresh config, batch config 1L
        let once, _ = Distral.update agent state batch
        let inTurn, _ = Distral.updateInTurn agent state [ batch ]
        numbers inTurn |> equals (numbers once))

    testCase "shows the agents, or the distilled policy" (fun () ->
        let obs = (batch config 1L).Obs

        let shown config =
            Distral.actGreedily (agent config) (fresh config) obs |> Tensor.toDoubles

        let own =
            Sac.actGreedily (agent config).Agents (fresh config).Agents.Sac obs
            |> Tensor.toDoubles

        shown config |> equals own
        shown original |> differsFrom own)
]
