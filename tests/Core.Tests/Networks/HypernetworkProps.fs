module MtrlFunctional.Tests.Networks.HypernetworkProps

open Expecto
open Expecto.Flip
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``a hypernetwork`` = [
    let law name = testLaw 20 [] name

    let hyper hidden =
        Hypernetwork.layer { Target = Spec.layers 2 6 2; HypernetworkHidden = hidden }

    let plain tasks = build tasks (Spec.mlp 2 6 2)

    let same (network: Module) (weights: Weights) input =
        let own = weightsFor (plain 4) (fun p -> weights[p.Path])
        near (network.Run weights input) ((plain 4).Run own input)

    // Bias-HyperInit.
    law "is the shared network at first" (fun seed ->
        let key = Key.ofSeed seed

        [ []; [ 5 ]; [ 5; 3 ] ]
        |> List.forall (fun hidden ->
            let network = build 4 (hyper hidden)
            let layout = Layout.create network.Parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            same network weights (input key 4)))

    // θ + Σ_k z_τk M_k by a loop, each task alone.
    law "gives each task the parameters computed from its context" (fun seed ->
        let key = Key.ofSeed seed
        let network, input = build 4 (hyper []), input key 4
        let weights = weightsOf key network
        let outputs = network.Run weights input
        let contexts = Tensor.toDoubles input.Context.Value |> Array.chunkBySize 4

        [ 0..3 ]
        |> List.forall (fun task ->
            let own =
                weightsFor (plain 1) (fun p ->
                    let cut = p.Path.LastIndexOf '/'
                    let added = weights[p.Path.Insert(cut, "/added")]

                    [ 0..3 ]
                    |> List.map (fun k -> contexts[task][k] *. Tensor.select 0 (int64 k) added)
                    |> List.fold (.+) weights[p.Path])

            let alone = { input with Rows = only task input.Rows }
            near (only task outputs) ((plain 1).Run own alone)))

    testCase "changes all its parameters within three updates" (fun () ->
        for hidden in [ []; [ 5 ]; [ 5; 3 ] ] do
            unchanged 3 (build 4 (hyper hidden)) |> Expect.isEmpty $"{hidden}")
]
