module MtrlFunctional.Tests.Algorithms.TaskInferenceTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.Examples

/// Task encodings from transitions: HiP-BMDP with three tasks, all of them evaluated with the mean encoding.
let ``task encodings that are inferred`` = [
    let agent =
        ModelExamples.agent {
            ModelExamples.hipBmdp with
                Decoder = None
                EvaluatedEncodings = List.replicate 3 (TaskSampling.MeanOf [ 0; 1; 2 ])
        }

    // After some updates, so that predictions depend on the task.
    let state () =
        [ 1L .. 5L ]
        |> List.fold
            (fun state i -> fst (Models.update agent state (ModelExamples.batch agent.Config i)))
            (ModelExamples.fresh agent.Config)

    let steps count = { TaskInference.standard with Steps = count }

    let inferred count state batch =
        TaskInference.infer (steps count) agent state batch

    let lossWith encodings state batch =
        let batch, _ = Batch.normaliseTasks batch
        let sac = SacView.read agent.Agent state.Sac
        let view = { ModelLosses.view agent state.Models sac with Sac.Context = Some encodings }

        (Tensor.toDoubles (TaskInference.loss agent view batch))[0]

    testCase "are those of evaluations before the first step" (fun () ->
        let state = state ()
        let before = Models.evaluatedEncodings agent state |> Option.get
        let after = inferred 0 state (ModelExamples.batch agent.Config 9L)
        Tensor.toDoubles after |> equals (Tensor.toDoubles before))

    testCase "lower the losses of the models, and leave the state as it was" (fun () ->
        let state, batch = state (), ModelExamples.batch agent.Config 9L
        let numbersBefore = ModelExamples.numbers state
        let start = inferred 0 state batch

        let losses = [
            for count in [ 0; 10; 100 ] -> lossWith (inferred count state batch) state batch
        ]

        losses |> equals (List.sortDescending losses)
        lossWith start state batch - List.last losses |> isAbove 1e-3
        ModelExamples.numbers state |> equals numbersBefore)

    testCase "depend on the task's own transitions alone" (fun () ->
        let state, batch = state (), ModelExamples.batch agent.Config 9L

        // The rows of task 1 alone count.
        let only =
            TensorOptions.fromDoubles double [| 0.0; 1.0; 0.0 |] [| 3L; 1L |]
            .* batch.Weight

        let ofTask task (x: Tensor) =
            Tensor.toDoubles (Tensor.narrow 0 (int64 task) 1L x)

        let all = inferred 20 state batch
        let one = inferred 20 state { batch with Weight = only }
        let start = inferred 0 state batch
        largestDifference (ofTask 1 one) (ofTask 1 all) |> isBelow 1e-12
        ofTask 0 one |> equals (ofTask 0 start)
        ofTask 2 one |> equals (ofTask 2 start))

    testCase "are read by the greedy policy" (fun () ->
        let state, batch = state (), ModelExamples.batch agent.Config 9L

        let act encodings =
            Models.actWithEncodings agent state encodings batch.Obs |> Tensor.toDoubles

        let zeroShot = Models.actGreedily agent state batch.Obs |> Tensor.toDoubles
        act (inferred 0 state batch) |> equals zeroShot
        act (inferred 100 state batch) |> differsFrom zeroShot)
]
