module MtrlFunctional.Tests.Networks.TaskGateTests

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``task gates`` = [
    let law name = testLaw 20 [] name

    let plain =
        Chain.layer [
            for i in 0..1 do
                $"{i}", Spec.mlp 0 0 6
                $"{i}/relu", Activate.layer Relu
            "2", Spec.mlp 0 0 2
        ]

    let gated = TaskGates.network 2 6 2

    law "of the initial parameters are 1" (fun seed ->
        let key = Key.ofSeed seed

        let outputs spec =
            let network = build 4 spec
            let layout = Layout.create network.Parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            network.Run weights (input key 4)

        near (outputs gated) (outputs plain))

    // One number after the other.
    law "multiply each unit by twice the logistic function of its embedding" (fun seed ->
        let key = Key.ofSeed seed
        let network = build 3 (TaskGates.gate 4.0)
        let weights, input = weightsOf key network, input key 3
        let embedding = Tensor.toDoubles weights["net/embedding"]

        let expected = [|
            for i, x in Array.indexed (Tensor.toDoubles input.Rows) do
                // [tasks; 3 rows; 5 features].
                let task, feature = i / 15, i % 5
                2.0 / (1.0 + exp (-4.0 * embedding[5 * task + feature])) * x
        |]

        (expected, Tensor.toDoubles (network.Run weights input))
        ||> Seq.forall2 (fun a b -> abs (a - b) < 1e-12))

    testCase "are compared, printed and separated as values" (fun () ->
        TaskGates.network 2 6 2 |> equals gated
        TaskGates.gate 1.0 |> differsFrom (TaskGates.gate 2.0)
        $"%A{gated}" |> contains "TaskGate 4.0"

        match Network.separate gated with
        | Some separate ->
            let network = build 3 separate
            network.Parameters |> List.forall _.PerTask |> isTrue
            Network.count network |> equals (3L * Network.count (build 1 gated))
        | None -> failtest "Gates are per task.")

    testCase "have a description, a count of parameters and a count of activations" (fun () ->
        let parts = Network.parts "" (sizes 4) gated
        let gate = parts |> List.find (fun part -> part.Name = "0/gate")
        gate.Description |> equals "gates of 6 units for each of 4 tasks"
        gate.Trained |> equals 24L
        gate.Width |> equals 6

        // Two more outputs of six units than the plain network.
        let perRow = Network.activationsPerRow (sizes 4)
        perRow gated |> equals (perRow plain + 12.0)
        Network.errors (sizes 4) gated |> isEmpty)
]
