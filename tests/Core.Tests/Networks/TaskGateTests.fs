module MtrlFunctional.Tests.Networks.TaskGateTests

open Expecto
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
]
