namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Networks
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

[<TestFixture>]
module ``the stages of soft actor-critic`` =

    let private all = networks

    /// Parts whose vectors are other objects than before.
    let private changed (before: SacState) (after: SacState) =
        before.Parts.Keys
        |> Seq.filter (fun name ->
            Seq.forall2
                (fun (x: Tensor) y -> obj.ReferenceEquals(x, y))
                (PartContent.owns before.Parts[name])
                (PartContent.owns after.Parts[name])
            |> not)
        |> List.ofSeq

    [<TestCaseSource(nameof all)>]
    let ``each change the part that they name`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state = agent config, fresh config

        let step work stage =
            let next = stage.Run work
            let changed = changed work.State next.State

            if stage.Name = "task_encoder" && config.Networks.TaskEncoder.IsNone then
                Assert.That(changed, Is.Empty)
            else
                Assert.That((changed = stage.Parts), stage.Name)

            next

        let work =
            UpdateContext.start PolicyRegulariser.entropy agent state (batchOf config 6 1L)

        let last = Sac.stages agent |> List.fold step work
        let update, metrics = Sac.update agent state (batchOf config 6 1L)
        Assert.That((numbers last.State = numbers update))

        Assert.That(
            (List.rev last.Measured |> Metrics.read |> Array.toList) =
                (Metrics.read metrics |> Array.toList)
        )

    /// A state whose numbers are 1 where `isOne` says so of their place in a vector, else 0.
    let private maskOf isOne (state: SacState) : SacState =
        let mask (x: Tensor) =
            let numbers =
                Array.init (int (Tensor.count x)) (fun i -> if isOne i then 1.0 else 0.0)

            Tensor.reshape (Tensor.shape x) (Tensor.ofDoubles [| int64 numbers.Length |] numbers)

        { Parts = state.Parts |> Map.map (fun _ -> PartContent.map mask) }

    let private values (state: SacState) =
        state.Parts
        |> Map.map (fun _ content ->
            PartContent.owns content |> Seq.map Tensor.toDoubles |> List.ofSeq)

    [<TestCaseSource(nameof all)>]
    let ``are all of the update where all numbers may change`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, state, batch = agent config, fresh config, batchOf config 6 1L
        let within, _ = Sac.updateWithin agent (maskOf (fun _ -> true) state) state batch
        Assert.That((numbers within = numbers (fst (Sac.update agent state batch))))

    [<TestCaseSource(nameof all)>]
    let ``leave numbers as they are that a mask keeps, and these have no part in the others``
        (config: SacConfig)
        =
        use _ = TorchSharp.torch.NewDisposeScope()
        let agent, batch = agent config, batchOf config 6 2L
        let state, _ = Sac.update agent (fresh config) (batchOf config 6 1L)
        let isOne i = i % 3 <> 1
        let within, _ = Sac.updateWithin agent (maskOf isOne state) state batch
        let before, after = values state, values within

        for part in before.Keys do
            let kept numbers =
                numbers |> Array.indexed |> Array.filter (fst >> isOne >> not)

            // A trained part has three vectors.
            for x, y in List.zip before[part] after[part] do
                Assert.That((kept x = kept y), part)

        // The first stage: its gradient does not depend on the mask.
        let whole = (fst (Sac.update agent state batch)).Critic.Values |> Tensor.toDoubles

        for i, number in Array.indexed (Tensor.toDoubles within.Critic.Values) do
            if isOne i then
                Assert.That(number, Is.EqualTo whole[i])

/// A decoder that predicts the observation from the action: an algorithm adds a part and a stage.
[<TestFixture>]
module ``a stage and a part of another algorithm`` =

    let private decoder = PartKey.trained "decoder"

    let private agent: SacAgent =
        let plain = agent operated

        let layout = Layout.create [ Parameter.shared "weight" [ 2L; 5L ] XavierUniform ]

        { plain with Parts = plain.Parts @ [ StatePart.trained decoder layout ] }

    let private reconstruct (work: UpdateContext) =
        let work, sums =
            work
            |> UpdateContext.descend decoder (adam 1e-2) work.Batch (fun leaves part ->
                let error = Tensor.matMul part.Action leaves["weight"] .- part.Obs
                let loss = Batch.mean part (Tensor.sumDim 2 (Tensor.square error))
                loss, [| Tensor.detach loss |])

        work |> UpdateContext.measure "decoder_loss" sums[0]

    /// After the critics.
    let private stages =
        Sac.stages agent
        |> List.insertAt 1 {
            Name = "decoder"
            Parts = [ decoder.PartName ]
            Every = 1
            Run = reconstruct
        }

    let private fresh () =
        SacState.create agent (Key.ofSeed 3L) double

    let private updateWith batch state =
        Sac.updateBy stages PolicyRegulariser.entropy agent state batch

    let private update state k = updateWith (batchOf operated 8 k) state

    [<Test>]
    let ``learn beside the others, which stay as they are`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let start = fresh ()
        let withDecoder = List.fold (fun s k -> fst (update s k)) start [ 1L .. 3L ]
        let without = train agent start
        let kept = withDecoder |> SacState.set decoder (start.Get decoder)
        Assert.That((numbers kept = numbers without))
        Assert.That((withDecoder.Get decoder).Steps, Is.EqualTo 3L)

        // The same batch again and again.
        let loss state =
            update state 1L |> snd |> reading "decoder_loss"

        let later = Seq.fold (fun s _ -> fst (update s 1L)) start (seq { 1..50 })
        Assert.That(loss later, Is.LessThan(loss start))

    [<Test>]
    let ``are stored, owned and listed like the others`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state, _ = update (fresh ()) 1L
        let named = SacCheckpoint.toNamed agent state |> Map.ofList
        Assert.That(named.ContainsKey "decoder/weight")
        Assert.That(named.ContainsKey "optimizer/decoder/second/weight")
        Assert.That(SacDiagram.table agent, Does.Contain "decoder/weight")

        match SacCheckpoint.ofNamed agent double (fun name -> Map.tryFind name named) with
        | Ok again -> Assert.That((numbers again = numbers state))
        | Error faults -> Assert.Fail(String.concat "\n" faults)

        match
            SacCheckpoint.ofNamed agent double (fun name ->
                named.Remove("decoder/weight").TryFind name)
        with
        | Ok _ -> Assert.Fail "It was taken."
        | Error faults -> Assert.That((faults = [ "decoder/weight: missing." ]))

        let batch = batchOf operated 8 1L

        let step state =
            let next, metrics = updateWith batch state
            Seq.iter (fun (x: Tensor) -> x.Dispose()) (Metrics.owns metrics)
            Tensors.replace SacState.owns state next

        let state = step (fresh ())
        let live = Libtorch.LiveTensors
        Seq.fold (fun state _ -> step state) state (seq { 1..5 }) |> ignore
        Assert.That(Libtorch.LiveTensors, Is.EqualTo live)

/// Distral and other algorithms have another term in the place of α log π.
[<TestFixture>]
module ``a regulariser of the policy`` =

    let private configs = networks |> List.filter _.Surgery.IsNone

    /// Not the same in the target as in the actor's loss, and of the rows.
    let private regulariser: PolicyRegulariser = {
        InTarget =
            fun alpha batch sample ->
                0.3 *. sample.LogProb .+ alpha .* Tensor.sumDim 2 (Tensor.square batch.NextObs)
        InActorLoss =
            fun alpha batch sample ->
                alpha .* Tensor.sumDim 2 (Tensor.square sample.Action)
                .+ 0.1 *. Tensor.sumDim 2 batch.Obs
        OfCategorical = Some(fun alpha policy -> alpha .* Categorical.entropy policy)
    }

    let private trainBy regulariser config =
        let agent = agent config

        [ 1L .. 3L ]
        |> List.fold
            (fun state k ->
                batchOf config 8 k
                |> Sac.updateBy (Sac.stages agent) regulariser agent state
                |> fst)
            (fresh config)
        |> numbers

    /// Surgery that takes the mean changes nothing, whatever the regulariser is.
    [<TestCaseSource(nameof configs)>]
    let ``is that of an update with surgery, too`` (config: SacConfig) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let plain = trainBy regulariser config
        Assert.That((plain <> trainBy PolicyRegulariser.entropy config))

        for ownToo in [ false; true ] do
            let mean = SacSurgery.both (Surgery.Plain Reduction.Mean) (Key.ofSeed 1L)
            let operated = { config with Surgery = Some { mean with OwnToo = ownToo } }
            Assert.That(largestDifference plain (trainBy regulariser operated), Is.LessThan 1e-9)
