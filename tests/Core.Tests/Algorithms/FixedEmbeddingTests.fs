namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Policy and value function that read fixed task embeddings.
[<TestFixture>]
module ``fixed task embeddings`` =
    let private told factor output =
        let rows: FixedTaskRows = {
            Source = "test"
            Width = 3
            Numbers = Array.init (3 * tasks) (fun i -> factor * sin (float i))
        }

        WithTaskEncoder.layer
            (TaskTable.fixedRows rows)
            (Chain.layer [ "context", AppendContext.layer; "trunk", Mlp.layer (layers Tanh output) ])

    let private config: OnPolicyConfig =
        { plain with Policy = told 1.0 2 }
        |> valueOf (fun network -> { network with Spec = told 2.0 1 })

    let private agent = agent config

    let private start () =
        OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

    [<Test>]
    let ``belong to the state, apart for policy and value function`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let known = Tensor.toDoubles (start ()).Embeddings
        let policy, value = Array.splitAt (3 * tasks) known
        let expected = Array.init (3 * tasks) (float >> sin)
        Assert.That(largestDifference policy expected, Is.LessThan 1e-6)
        Assert.That((value = Array.map ((*) 2.0) policy))

    [<Test>]
    let ``are in no checkpoint, and come back with the configuration`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = start ()
        let named = OnPolicyCheckpoint.toNamed agent state

        let find name =
            named |> List.tryFind (fst >> (=) name) |> Option.map snd

        Assert.That(named |> List.map fst |> List.exists _.Contains("task_encoder"), Is.False)

        match OnPolicyCheckpoint.ofNamed agent TensorOptions.cpu find with
        | Ok restored ->
            Assert.That((Tensor.toDoubles restored.Embeddings = Tensor.toDoubles state.Embeddings))
        | Error faults -> Assert.Fail(String.concat ", " faults)

    /// Without them all tasks act alike at equal observations.
    [<Test>]
    let ``tell the policy its task`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let state = start ()
        let one = Draw.normal TensorOptions.cpu (Key.ofSeed 6L) [| 1L; 4L; 5L |]
        let obs = Tensor.cat 0 (Array.create tasks one)

        let acted =
            OnPolicy.actGreedily agent state obs |> Tensor.toDoubles |> Array.chunkBySize 8

        Assert.That(Array.distinct acted |> Array.length, Is.EqualTo tasks)

        let without = { state with Embeddings = Tensor.zerosLike state.Embeddings }

        let alike =
            OnPolicy.actGreedily agent without obs
            |> Tensor.toDoubles
            |> Array.chunkBySize 8

        Assert.That(Array.distinct alike |> Array.length, Is.EqualTo 1)
