module MtrlFunctional.Tests.Networks.ComposedProps

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``composed parameters`` = [
    let law name = testLaw 20 [] name

    let composed sets =
        Composed.layer { Sets = sets; Each = Spec.layers 2 6 2 }

    let plain tasks = build tasks (Spec.mlp 2 6 2)

    // "net/1/weight" of the plain network is "net/set/1/weight" here.
    let sets (weights: Weights) (p: Parameter) =
        weights[p.Path.Replace("net/", "net/set/")]

    let start key network =
        let layout = Layout.create (network: Module).Parameters
        Layout.views layout (Layout.initialise double key layout)

    law "are one network for all tasks at first" (fun seed (PositiveInt count) ->
        let key, count = Key.ofSeed seed, count % 6 + 1
        let network, input = build 4 (composed count), input key 4
        let weights = start key network

        let own =
            weightsFor (plain 4) (fun p ->
                1.0 / sqrt (float count) *. Tensor.sumDim 0 (sets weights p))

        near (network.Run weights input) ((plain 4).Run own input))

    // Σ_k w_τk Φ_k by a loop, each task alone.
    law "are weighted sums of the sets" (fun seed ->
        let key = Key.ofSeed seed
        let network, input = build 4 (composed 3), input key 4
        let weights = weightsOf key network
        let outputs = network.Run weights input
        let taskWeights = Tensor.toDoubles weights["net/task/weight"] |> Array.chunkBySize 3

        [ 0..3 ]
        |> List.forall (fun task ->
            let own =
                weightsFor (plain 1) (fun p ->
                    [ 0..2 ]
                    |> List.map (fun k ->
                        taskWeights[task][k] *. Tensor.select 0 (int64 k) (sets weights p))
                    |> List.reduce (.+))

            let alone = { input with Rows = only task input.Rows }
            near (only task outputs) ((plain 1).Run own alone)))

    testCase "all change within three updates" (fun () ->
        unchanged 3 (build 4 (composed 3)) |> isEmpty)
]
