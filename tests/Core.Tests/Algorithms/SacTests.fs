module MtrlFunctional.Tests.Algorithms.SacTests

open Expecto
open Expecto.Flip
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks
open MtrlFunctional.Tests.Algorithms.Examples

/// Laws that hold for every agent; each is tried with every kind of network.
let ``an update of soft actor-critic`` = [
    let agents = networks

    testEach "gives the same bits for the same inputs, and leaves them alone" agents (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 8 1L
        let before = numbers state
        let first, _ = Sac.update agent state batch
        let second, _ = Sac.update agent state batch
        numbers second |> equals (numbers first)
        numbers state |> equals before
        numbers first |> differsFrom before)

    testTheory "split into parts is the whole" [ 3 ] (fun parts ->
        for config in agents do
            let state = fresh config
            let whole = train (agent config) state
            let split = train (SacAgent.create (Shards.serial parts) config) state
            largestDifference (numbers whole) (numbers split) |> isBelow 1e-12)

    // Also in single precision, for which dense layers have kernels of their own.
    testTheory "has as many parts as rows at most" [ 3 ] (fun rows ->
        let single x = Tensor.toType ScalarType.Float32 x

        for config in agents do
            let state = SacState.create (agent config) (Key.ofSeed 3L) TensorOptions.cpu
            let batch = batchOf config rows 1L |> Batch.map single

            let updated parts =
                let agent = SacAgent.create (Shards.serial parts) config
                let state, _ = Sac.update agent state batch
                numbers state

            updated 5 |> equals (updated rows)
            updated 5 |> Array.forall System.Double.IsFinite |> isTrue)

    // Two more rows for each task, of other numbers and weight 0.
    testEach "does not see padding" agents (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 8 1L
        let garbage = batchOf config 2 99L |> Batch.map (fun x -> 1000.0 *. x)
        let garbage = { garbage with Weight = Tensor.zerosLike garbage.Weight }
        let join (x: Batch -> Tensor) = Tensor.cat 1 [| x batch; x garbage |]

        let padded = {
            batch with
                Obs = join _.Obs
                Action = join _.Action
                Reward = join _.Reward
                NextObs = join _.NextObs
                Terminal = join _.Terminal
                Weight = join _.Weight
                Noise = join _.Noise
                NextNoise = join _.NextNoise
        }

        let expected, _ = Sac.update agent state batch
        let actual, _ = Sac.update agent state padded
        largestDifference (numbers expected) (numbers actual) |> isBelow 1e-12)

    // A row of weight 2 is the same row twice.
    testCase "counts rows by their weight" (fun () ->
        let agent, state, batch = agent plain, fresh plain, batchOf plain 4 1L

        let twice =
            batch |> Batch.map (fun x -> Tensor.cat 1 [| x; Tensor.narrow 1 0L 1L x |])

        let column value = Draw.constant double value [| 3L; 1L |]

        let weighted = {
            batch with
                Weight = Tensor.cat 1 [| column 2.0; column 1.0; column 1.0; column 1.0 |]
        }

        let expected, _ = Sac.update agent state twice
        let actual, _ = Sac.update agent state weighted
        largestDifference (numbers expected) (numbers actual) |> isBelow 1e-12)

    // Tasks in another order, and the rows of their table with them.
    testEach "does not care for the order of tasks" agents (fun config ->
        let agent, state, batch = agent config, fresh config, batchOf config 8 1L
        let order = Tensor.ofLongs [| 3L |] [| 2L; 0L; 1L |]
        let permute x = Tensor.indexSelect 0 order x

        let permuteState (state: SacState) =
            let vector layout (vectors: Tensor list) =
                if List.isEmpty layout.Slots then
                    vectors.Head
                else
                    let views = Layout.views layout vectors.Head

                    Layout.flatten layout (fun p ->
                        if p.PerTask then permute views[p.Path] else views[p.Path])

            StatePart.combine (SacState.parts agent) vector [ state ]

        let other =
            let reordered = Nets.reordered [ 2; 0; 1 ]

            Examples.agent {
                config with
                    Networks = {
                        config.Networks with
                            Actor = reordered config.Networks.Actor
                            Critic = reordered config.Networks.Critic
                    }
            }

        let next, _ = Sac.update agent state batch
        let permuted, _ = Sac.update other (permuteState state) (Batch.map permute batch)
        let expected = numbers (permuteState next)
        largestDifference expected (numbers permuted) |> isBelow 1e-12

        numbers next
        |> Expect.notEqual "the tasks must differ for the test to mean anything" expected)

    testCase "trains actor, temperatures and targets only when it is their turn" (fun () ->
        let config = { plain with ActorEvery = 2; TargetEvery = 3 }
        let state = fresh config

        for step in 1L .. 6L do
            let next, metrics = Sac.update (agent config) state (batchOf config 8 step)
            let measured = metrics |> List.map _.Name
            let actorsTurn, targetsTurn = step % 2L = 0L, step % 3L = 0L
            obj.ReferenceEquals(next.Actor, state.Actor) |> equals (not actorsTurn)

            obj.ReferenceEquals(next.LogAlpha, state.LogAlpha) |> equals (not actorsTurn)

            obj.ReferenceEquals(next.Target, state.Target) |> equals (not targetsTurn)
            List.contains "actor_loss" measured |> equals actorsTurn
            measured |> includes "critic_loss")

    testCase "in single precision does what it does in double" (fun () ->
        let state = fresh encoded
        let batch = batchOf encoded 8 1L
        let single (x: Tensor) = Tensor.toType ScalarType.Float32 x

        let narrow =
            let parts = SacState.parts (agent encoded)
            StatePart.combine parts (fun _ vectors -> single vectors.Head) [ state ]

        let _, expected = Sac.update (agent encoded) state batch
        let next, actual = Sac.update (agent encoded) narrow (Batch.map single batch)

        for a, b in Array.zip (Metrics.read expected) (Metrics.read actual) do
            b.Number |> Expect.isWithin a.Metric (2e-4 * (1.0 + abs a.Number)) a.Number

        let kept = SacState.owns next |> Seq.map Tensor.scalarType |> Seq.distinct
        List.ofSeq kept |> equals [ ScalarType.Float32 ])

    testCase "keeps no tensors but the state's" (fun () ->
        for config in agents do
            let agent, batch = agent config, batchOf config 8 0L

            fresh config
            |> leavesNothing SacState.owns (fun state -> Sac.update agent state batch))
]

let ``an action of soft actor-critic`` = [
    testCase "is the policy's mode without noise, and another with noise" (fun () ->
        for config in [ plain; encoded ] do
            let agent, state, batch = agent config, fresh config, batchOf config 4 1L
            let greedy = Sac.actGreedily agent state batch.Obs |> Tensor.toDoubles

            let still =
                Sac.act agent state batch.Obs (Tensor.zerosLike batch.Noise) |> Tensor.toDoubles

            let noisy = Sac.act agent state batch.Obs batch.Noise |> Tensor.toDoubles
            still |> equals greedy
            noisy |> differsFrom greedy
            noisy |> Array.forall (fun a -> abs a <= 1.0) |> isTrue)
]

let ``a diverging loss`` = [
    let read name value =
        Metrics.diverged [| { Metric = name; Number = value } |]

    testCase "is found by its name" (fun () ->
        (read "critic_loss" nan).IsSome |> isTrue
        (read "critic_loss" 1.1e8).IsSome |> isTrue
        (read "critic_loss" 9e7).IsNone |> isTrue
        (read "actor_loss" -1e9).IsNone |> isTrue
        (read "batch_reward" nan).IsNone |> isTrue)
]
