namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Each with every kind of network.
[<TestFixture>]
module ``gradients of soft actor-critic task by task`` =

    let private configs = networks |> List.filter _.Surgery.IsNone

    let private both = [ SacTaskGradients.critic; SacTaskGradients.actor ]

    /// The batch in which only one task counts.
    let private only task (batch: Batch) =
        let mask = Array.init 3 (fun i -> if i = task then 1.0 else 0.0)

        { batch with Weight = batch.Weight .* Tensor.ofDoubles [| 3L; 1L |] mask }

    /// The whole gradient of one task, network by network.
    let private whole layouts task (gradients: PerTaskGradients.PerTaskGradients) =
        let mask = Array.init 3 (fun i -> if i = task then 1.0 else 0.0)
        let own = gradients.Own .* Tensor.ofDoubles [| 3L; 1L |] mask

        Sharing.join layouts (Tensor.select 0 (int64 task) gradients.Shared.Rows) own
        |> List.map Tensor.toDoubles

    let private criticLayouts (agent: SacAgent) = [ agent.CriticLayout; agent.TaskEncoderLayout ]

    /// The first step of Adam shows the gradient of an update: the first moment is a tenth of it.
    let private stepped (trained: AdamState) =
        Tensor.toDoubles trained.FirstMoment |> Array.map ((*) 10.0)

    [<TestCaseSource(nameof configs)>]
    let ``are those of an update on a task's rows alone`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let gradients = SacTaskGradients.critic (view agent state) batch

        for task in 0..2 do
            let alone, metrics = Sac.update agent state (only task batch)

            for found, expected in
                List.zip (whole (criticLayouts agent) task gradients) [
                    stepped alone.Critic
                    stepped alone.TaskEncoder
                ] do
                Assert.That(Array.append [| 0.0 |] found |> Array.forall System.Double.IsFinite)

                if found.Length > 0 then
                    Assert.That(largestDifference expected found, Is.LessThan 1e-10)

            Assert.That(
                gradients.Shared.Losses[task],
                Is.EqualTo(reading "critic_loss" metrics).Within 1e-10
            )

    /// Surgery that takes the mean changes nothing, whether or not it sees what tasks do not share.
    [<TestCaseSource(nameof configs)>]
    let ``joined by their mean make the update without surgery`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let plain = train (agent config) (fresh config)

        for ownToo in [ false; true ] do
            let mean = SacSurgery.both (Surgery.Plain Reduction.Mean) (Key.ofSeed 1L)
            let joined = { config with Surgery = Some { mean with OwnToo = ownToo } }
            let found = train (agent joined) (fresh joined)
            Assert.That(largestDifference (numbers plain) (numbers found), Is.LessThan 1e-9)

    [<Test>]
    let ``are the same on any number of threads`` ([<Values(2, 3, 5)>] parts: int) =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in configs do
            let state, batch = fresh config, batchOf config 6 1L
            let split = SacAgent.create (Shards.serial parts) config

            for gradients in both do
                let whole = gradients (view (agent config) state) batch
                let parts = gradients (view split state) batch

                Assert.That(
                    (Tensor.toDoubles whole.Shared.Rows = Tensor.toDoubles parts.Shared.Rows)
                )

                Assert.That((Tensor.toDoubles whole.Own = Tensor.toDoubles parts.Own))
                Assert.That((whole.Shared.Losses = parts.Shared.Losses))

    [<Test>]
    let ``leave out a task without rows`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state = agent plain, fresh plain
        let batch = batchOf plain 6 1L |> only 2

        for gradients in both do
            let rows = (gradients (view agent state) batch).Shared
            Assert.That((rows.Present = [| false; false; true |]))

            let combined =
                Surgery.combine
                    (PcGrad.surgery PcGrad.paper)
                    rows
                    (Key.ofSeed 1L)
                    SurgeryState.empty

            let own = Tensor.toDoubles (Tensor.select 0 2L rows.Rows)
            Assert.That((Tensor.toDoubles combined.Direction = own))
            Assert.That((combined.Diagnostics.Tasks = [| 2 |]))

    /// Rows of whole gradients, each other task's own part zero, are what joining stands for.
    [<TestCaseSource(nameof configs)>]
    let ``join as whole gradients do where surgery sees them`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let gradients = SacTaskGradients.critic (view agent state) batch

        for method' in [ PcGrad.surgery PcGrad.mtrl; Mgda.surgery Mgda.standard ] do
            let joined =
                gradients
                |> CombineGradients.combine true {
                    Method = method'
                    Layouts = criticLayouts agent
                    Places = []
                    Memory = SurgeryState.empty
                    Key = Key.ofSeed 1L
                }

            let rows = [|
                for task in 0..2 -> whole (criticLayouts agent) task gradients |> Array.concat
            |]

            let rows = Tensor.ofDoubles [| 3L; int64 rows[0].Length |] (Array.concat rows)

            let expected =
                Surgery.combine
                    method'
                    (TaskGradients.create rows gradients.Shared.Losses)
                    (Key.ofSeed 1L)
                    SurgeryState.empty

            Assert.That(
                largestDifference
                    (Tensor.toDoubles expected.Direction)
                    (joined.Directions |> List.map Tensor.toDoubles |> Array.concat),
                Is.LessThan 1e-10
            )

/// Every method in an update, with every kind of network.
[<TestFixture>]
module ``surgery in an update`` =

    let private methods = List.map fst Methods.usual

    let private operated method' ownToo (config: SacConfig) : SacConfig =
        let surgery =
            SacSurgery.both (List.find (fst >> (=) method') Methods.usual |> snd) (Key.ofSeed 5L)

        { config with Surgery = Some { surgery with OwnToo = ownToo } }

    let private arrays agent state =
        SacCheckpoint.toNamed agent state
        |> List.map (fun (_, tensor) -> Tensor.toDoubles tensor)

    /// What is stored after two updates goes on to the same bits as what was never stored; parameters
    /// are finite. (What a method has not seen yet is stored as NaN.)
    [<Test>]
    let ``goes on from what is stored to the same bits``
        ([<ValueSource(nameof methods)>] name: string)
        =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in networks do
            for ownToo in [ false; true ] do
                let config = operated name ownToo config
                let agent = agent config

                let step state k =
                    fst (Sac.update agent state (batchOf config 6 k))

                let before = List.fold step (fresh config) [ 1L; 2L ]
                let named = SacCheckpoint.toNamed agent before |> dict

                let find name =
                    match named.TryGetValue name with
                    | true, tensor -> Some tensor
                    | _ -> None

                match SacCheckpoint.ofNamed agent double find with
                | Error faults -> Assert.Fail(String.concat "; " faults)
                | Ok restored ->
                    let straight, resumed = step before 3L, step restored 3L
                    Assert.That((numbers straight = numbers resumed))
                    Assert.That((arrays agent straight = arrays agent resumed))
                    Assert.That(numbers straight |> Array.forall System.Double.IsFinite)
                    Assert.That((numbers straight <> numbers before))

    /// The first task has no rows. An update in which another one has a number that is not finite is one itself, so that it is
    /// refused: without that task the others would train on.
    [<Test>]
    let ``makes a parameter that is not finite of such a number alone``
        ([<ValueSource(nameof methods)>] name: string, [<Values>] isSpoilt: bool)
        =
        use _ = TorchSharp.torch.NewDisposeScope()

        for config in networks do
            let config = operated name false config
            let agent, state = agent config, fresh config
            let weight = Tensor.ofDoubles [| 3L; 1L |] [| 0.0; 1.0; 1.0 |]
            let last = if isSpoilt then nan else 1.0
            let factors = Tensor.ofDoubles [| 3L; 1L |] [| 1.0; 1.0; last |]
            let batch = batchOf config 6 1L

            let batch = {
                batch with
                    Weight = batch.Weight .* weight
                    Reward = batch.Reward .* factors
            }

            let after, _ = Sac.update agent state batch
            let isFinite = numbers after |> Array.forall System.Double.IsFinite
            Assert.That(isFinite, Is.Not.EqualTo isSpoilt)
