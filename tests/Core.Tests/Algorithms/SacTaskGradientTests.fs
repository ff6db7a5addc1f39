namespace Mtrl.Tests.Algorithms

open NUnit.Framework
open Mtrl.Algorithms
open Mtrl.Networks
open Mtrl.Random
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Tests.Algorithms.Examples

/// Each with every kind of network for which they are known.
[<TestFixture>]
module ``gradients of soft actor-critic task by task`` =

    let private configs =
        networks
        |> List.filter (fun config -> SacTaskGradients.areKnown config && config.Surgery.IsNone)

    let private actor agent state batch =
        fst (SacTaskGradients.actor agent state batch)

    let private both = [ SacTaskGradients.critic; actor ]

    /// The batch in which only one task counts.
    let private only task (batch: Batch) =
        let mask = Array.init 3 (fun i -> if i = task then 1.0 else 0.0)

        { batch with Weight = batch.Weight .* Ops.FromDoubles(mask, [| 3L; 1L |]) }

    [<Test>]
    let ``are known for networks that share all parameters`` () =
        Assert.That(SacTaskGradients.areKnown plain)
        Assert.That(SacTaskGradients.areKnown care)
        Assert.That(configs.Length, Is.InRange(4, networks.Length - 4))

    /// With plain descent in place of Adam's, an update shows its gradient: the first moment.
    [<TestCaseSource(nameof configs)>]
    let ``are those of an update on a task's rows alone`` (config: SacConfig) =
        use _ = Ops.Scope()
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let rows = SacTaskGradients.critic agent state batch

        for task in 0..2 do
            let alone, metrics = Sac.update agent state (only task batch)
            let expected = Ops.ToDoubles alone.Critic.First |> Array.map ((*) 10.0)
            let found = Ops.ToDoubles(Ops.Select(rows.Rows, 0L, int64 task))
            Assert.That(largestDifference expected found, Is.LessThan 1e-10)
            Assert.That(rows.Losses[task], Is.EqualTo(reading "critic_loss" metrics).Within 1e-10)

    /// The actor of an update already meets the improved critics.
    [<TestCaseSource(nameof configs)>]
    let ``of the actor add up to that of an update`` (config: SacConfig) =
        use _ = Ops.Scope()
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let after, metrics = Sac.update agent state batch
        let rows = actor agent { state with Critic = after.Critic } batch

        let mean =
            Surgery.combine (Surgery.Plain Reduction.Mean) rows (Key.ofSeed 1L) SurgeryState.empty

        let expected = Ops.ToDoubles after.Actor.First |> Array.map ((*) 10.0)
        Assert.That(largestDifference expected (Ops.ToDoubles mean.Direction), Is.LessThan 1e-10)

        Assert.That(
            Array.average rows.Losses,
            Is.EqualTo(reading "actor_loss" metrics).Within 1e-10
        )

    [<Test>]
    let ``are the same on any number of threads`` ([<Values(2, 3, 5)>] parts: int) =
        use _ = Ops.Scope()

        for config in configs do
            let state, batch = fresh config, batchOf config 6 1L
            let split = SacAgent.create (Shards.serial parts) config

            for gradients in both do
                let whole, parts = gradients (agent config) state batch, gradients split state batch
                Assert.That((Ops.ToDoubles whole.Rows = Ops.ToDoubles parts.Rows))
                Assert.That((whole.Losses = parts.Losses))

    [<Test>]
    let ``leave out a task without rows`` () =
        use _ = Ops.Scope()
        let agent, state = agent plain, fresh plain
        let batch = batchOf plain 6 1L |> only 2

        for gradients in both do
            let rows = gradients agent state batch
            Assert.That((rows.Present = [| false; false; true |]))

            let combined =
                Surgery.combine
                    (Surgery.PcGrad PcGrad.paper)
                    rows
                    (Key.ofSeed 1L)
                    SurgeryState.empty

            let own = Ops.ToDoubles(Ops.Select(rows.Rows, 0L, 2L))
            Assert.That((Ops.ToDoubles combined.Direction = own))
            Assert.That((combined.Diagnostics.Tasks = [| 2 |]))
