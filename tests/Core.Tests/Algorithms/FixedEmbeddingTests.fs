module MtrlFunctional.Tests.Algorithms.FixedEmbeddingTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.OnPolicyExamples

/// Policy and value function that read fixed task embeddings.
let ``fixed task embeddings`` = [
    let told factor output =
        let rows: FixedTaskRows = {
            Source = "test"
            Width = 3
            Numbers = Array.init (3 * tasks) (fun i -> factor * sin (float i))
        }

        WithTaskEncoder.layer
            (TaskTable.fixedRows rows)
            (Chain.layer [ "context", AppendContext.layer; "trunk", Mlp.layer (layers Tanh output) ])

    let config: OnPolicyConfig =
        { plain with Policy = told 1.0 2 }
        |> valueOf (fun network -> { network with Spec = told 2.0 1 })

    let agent = agent config

    let start () =
        OnPolicyState.create agent (Key.ofSeed 5L) TensorOptions.cpu

    testCase "are in no checkpoint, and come back with the configuration" (fun () ->
        let state = start ()
        let named = OnPolicyState.toNamed agent state

        let find name =
            named |> List.tryFind (fst >> (=) name) |> Option.map snd

        named |> List.map fst |> List.exists _.Contains("task_encoder") |> isFalse

        let restored = OnPolicyState.ofNamed agent TensorOptions.cpu find |> ok

        Tensor.toDoubles restored.Embeddings
        |> equals (Tensor.toDoubles state.Embeddings))

    testCase "of two layers of one name are refused by their path" (fun () ->
        let constant =
            TaskTable.fixedRows { Source = "test"; Width = 1; Numbers = Array.zeroCreate tasks }

        let twice =
            Chain.layer [ "t", constant; "t", constant ]
            |> CheckedLayer.network "own/mine" 1

        Expect.throwsC
            (fun () ->
                twice.Build Precision.Full "mine" { Tasks = tasks; Features = 4; Context = 0 }
                |> ignore)
            (fun refusal ->
                refusal.Message |> contains "own/mine has two parameters 'mine/t/weight'"))

    // Without them all tasks act alike at equal observations.
    testCase "tell the policy its task" (fun () ->
        let state = start ()
        let one = Draw.normal TensorOptions.cpu (Key.ofSeed 6L) [| 1L; 4L; 5L |]
        let obs = Tensor.cat 0 (Array.create tasks one)

        let acted =
            OnPolicy.actGreedily agent state obs |> Tensor.toDoubles |> Array.chunkBySize 8

        Array.distinct acted |> Array.length |> equals tasks

        let without = { state with Embeddings = Tensor.zerosLike state.Embeddings }

        let alike =
            OnPolicy.actGreedily agent without obs
            |> Tensor.toDoubles
            |> Array.chunkBySize 8

        Array.distinct alike |> Array.length |> equals 1)
]
