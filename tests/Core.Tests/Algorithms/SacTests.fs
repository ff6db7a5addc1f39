namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks
open MtrlFunctional.Tests.Algorithms.Examples

/// Laws that hold for every agent; each is tried with every kind of network.
[<TestFixture>]
module ``an update of soft actor-critic`` =

    let private agents = networks

    [<TestCaseSource(nameof agents)>]
    let ``gives the same bits for the same inputs, and leaves them alone`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batchOf config 8 1L
        let before = numbers state
        let first, _ = Sac.update agent state batch
        let second, _ = Sac.update agent state batch
        Assert.That((numbers second = numbers first))
        Assert.That((numbers state = before))
        Assert.That((numbers first <> before))

    [<Test>]
    let ``split into parts is the whole`` ([<Values(3, 11)>] parts: int) =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in agents do
            let state = fresh config
            let whole = train (agent config) state
            let split = train (SacAgent.create (Shards.serial parts) config) state
            Assert.That(largestDifference (numbers whole) (numbers split), Is.LessThan 1e-12)

    /// Also in single precision, for which dense layers have kernels of their own.
    [<Test>]
    let ``has as many parts as rows at most`` ([<Values(1, 3)>] rows: int) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let single x = Tensor.toType ScalarType.Float32 x

        for config in agents do
            let state = SacState.create (agent config) (Key.ofSeed 3L) TensorOptions.cpu
            let batch = batchOf config rows 1L |> Batch.map single

            let updated parts =
                let agent = SacAgent.create (Shards.serial parts) config
                let state, _ = Sac.update agent state batch
                numbers state

            Assert.That((updated 5 = updated rows))
            Assert.That(updated 5 |> Array.forall System.Double.IsFinite)

    /// Two more rows for each task, of other numbers and weight 0.
    [<TestCaseSource(nameof agents)>]
    let ``does not see padding`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
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
        Assert.That(largestDifference (numbers expected) (numbers actual), Is.LessThan 1e-12)

    /// A row of weight 2 is the same row twice.
    [<Test>]
    let ``counts rows by their weight`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
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
        Assert.That(largestDifference (numbers expected) (numbers actual), Is.LessThan 1e-12)

    /// Tasks in another order, and the rows of their table with them.
    [<TestCaseSource(nameof agents)>]
    let ``does not care for the order of tasks`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batchOf config 8 1L
        let order = Tensor.ofLongs [| 3L |] [| 2L; 0L; 1L |]
        let permute x = Tensor.indexSelect 0 order x

        let permuteState (state: SacState) =
            let vector part vector =
                if List.isEmpty part.Layout.Slots then
                    vector
                else
                    let views = Layout.views part.Layout vector

                    Layout.flatten part.Layout (fun p ->
                        if p.PerTask then permute views[p.Path] else views[p.Path])

            SacState.ofParts agent (fun part ->
                state.Parts[part.Name] |> PartContent.map (vector part))

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
        Assert.That(largestDifference expected (numbers permuted), Is.LessThan 1e-12)

        Assert.That(
            (numbers next <> expected),
            "the tasks must differ for the test to mean anything"
        )

    [<Test>]
    let ``lets targets follow, the encoder's faster`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state = agent encoded, fresh encoded
        let start = state |> SacState.change SacParts.target (fun target -> 2.0 *. target)
        let next, _ = Sac.update agent start (batchOf encoded 8 1L)
        let before, after = Tensor.toDoubles start.Target, Tensor.toDoubles next.Target
        let critic = Tensor.toDoubles next.Critic.Values

        for slot in agent.CriticLayout.Slots do
            let tau =
                if slot.Parameter.Path.StartsWith "encoder" then
                    0.05
                else
                    0.005

            for i in int slot.Offset .. int (slot.Offset + Parameter.count slot.Parameter) - 1 do
                let expected = tau * critic[i] + (1.0 - tau) * before[i]
                Assert.That(after[i], Is.EqualTo(expected).Within 1e-15)

    [<Test>]
    let ``trains actor, temperatures and targets only when it is their turn`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = { plain with ActorEvery = 2; TargetEvery = 3 }
        let state = fresh config

        for step in 1L .. 6L do
            let next, metrics = Sac.update (agent config) state (batchOf config 8 step)
            let measured = metrics |> List.map _.Name
            let actorsTurn, targetsTurn = step % 2L = 0L, step % 3L = 0L
            Assert.That(obj.ReferenceEquals(next.Actor, state.Actor), Is.EqualTo(not actorsTurn))

            Assert.That(
                obj.ReferenceEquals(next.LogAlpha, state.LogAlpha),
                Is.EqualTo(not actorsTurn)
            )

            Assert.That(obj.ReferenceEquals(next.Target, state.Target), Is.EqualTo(not targetsTurn))
            Assert.That(List.contains "actor_loss" measured, Is.EqualTo actorsTurn)
            Assert.That(measured, Does.Contain "critic_loss")

    /// Narrow policies have too little entropy, wide ones too much.
    [<TestCase(-10.0, true)>]
    [<TestCase(0.5, false)>]
    let ``raises the temperature exactly where entropy is missing`` logStd (rises: bool) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = { plain with LogStdBounds = logStd - 0.1, logStd + 0.1 }
        let state = fresh config
        let next, _ = Sac.update (agent config) state (batchOf config 8 1L)

        let before, after =
            Tensor.toDoubles state.LogAlpha.Values, Tensor.toDoubles next.LogAlpha.Values

        Assert.That((Array.map2 (<) before after = Array.create 3 rises))

    [<Test>]
    let ``with one temperature for all trains the first only`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let config = { plain with PerTaskTemperature = false }
        let state = fresh config
        let before = Tensor.toDoubles state.LogAlpha.Values
        let after = Tensor.toDoubles (train (agent config) state).LogAlpha.Values
        Assert.That(after[0], Is.Not.EqualTo before[0])
        Assert.That((after[1..] = before[1..]))

    [<Test>]
    let ``in single precision does what it does in double`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = fresh encoded
        let batch = batchOf encoded 8 1L
        let single (x: Tensor) = Tensor.toType ScalarType.Float32 x

        let narrow =
            SacState.ofParts (agent encoded) (fun part ->
                state.Parts[part.Name] |> PartContent.map single)

        let _, expected = Sac.update (agent encoded) state batch
        let next, actual = Sac.update (agent encoded) narrow (Batch.map single batch)

        for a, b in Array.zip (Metrics.read expected) (Metrics.read actual) do
            Assert.That(
                b.Number,
                Is.EqualTo(a.Number).Within(2e-4 * (1.0 + abs a.Number)),
                a.Metric
            )

        let kept = SacState.owns next |> Seq.map Tensor.scalarType |> Seq.distinct
        Assert.That((List.ofSeq kept = [ ScalarType.Float32 ]))

    [<Test>]
    let ``keeps no tensors but the state's`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in agents do
            let agent = agent config
            let batch = batchOf config 8 0L

            let step state =
                let next, metrics = Sac.update agent state batch
                Seq.iter (fun (x: Tensor) -> x.Dispose()) (Metrics.owns metrics)
                Tensors.replace SacState.owns state next

            let state = fresh config
            let live = Libtorch.LiveTensors
            let last = Seq.fold (fun state _ -> step state) state (seq { 1..20 })
            Assert.That(Libtorch.LiveTensors, Is.EqualTo live)
            Assert.That(last.Critic.Steps, Is.EqualTo 20L)

[<TestFixture>]
module ``an action of soft actor-critic`` =

    [<Test>]
    let ``is the policy's mode without noise, and another with noise`` () =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in [ plain; encoded ] do
            let agent, state, batch = agent config, fresh config, batchOf config 4 1L
            let greedy = Sac.actGreedily agent state batch.Obs |> Tensor.toDoubles

            let still =
                Sac.act agent state batch.Obs (Tensor.zerosLike batch.Noise) |> Tensor.toDoubles

            let noisy = Sac.act agent state batch.Obs batch.Noise |> Tensor.toDoubles
            Assert.That((still = greedy))
            Assert.That((noisy <> greedy))
            Assert.That(noisy |> Array.forall (fun a -> abs a <= 1.0))

[<TestFixture>]
module ``a diverging loss`` =

    let private read name value =
        Metrics.diverged [| { Metric = name; Number = value } |]

    [<Test>]
    let ``is found by its name`` () =
        Assert.That((read "critic_loss" nan).IsSome)
        Assert.That((read "critic_loss" 1.1e8).IsSome)
        Assert.That((read "critic_loss" 9e7).IsNone)
        Assert.That((read "actor_loss" -1e9).IsNone)
        Assert.That((read "batch_reward" nan).IsNone)
