module MtrlFunctional.Tests.Networks.PerGroupProps

open Expecto
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``a network for groups of tasks`` = [
    let law name = testLaw 15 [] name

    let tasks, rows = 4, 3

    let groups = [ 0; 1; 0; 2 ]

    let sizes = { Tasks = tasks; Features = 5; Context = 0 }

    let bodies = [
        PerTask.layer (Spec.layers 1 6 2)
        Chain.layer [ "shared", Spec.mlp 1 6 6; "head", PerTask.layer (Spec.layers 0 6 2) ]
        Composed.layer { Sets = 3; Each = Spec.layers 1 6 2 }
        projected true NoResidual
    ]

    let build spec =
        Network.build Precision.Full "" sizes spec

    let drawn key (network: Module) =
        let layout = Layout.create network.Parameters
        layout, Draw.normal double key [| layout.Length |]

    let rowsOf key =
        Draw.normal double key [| int64 tasks; int64 rows; 5L |]

    let output (network: Module) weights rows =
        network.Run weights (NetworkInput.ofRows rows)

    // The weights of the body, where an entry of a task is that of its group.
    let expanded (body: Module) (weights: Weights) =
        weightsFor body (fun parameter ->
            let given = weights[parameter.Path]

            if parameter.PerTask then
                Tensor.cat 0 [| for group in groups -> only group given |]
            else
                given)

    law "computes what its body does with the entries of groups" (fun (seed: int) ->
        let key = Key.ofSeed (int64 seed)
        let rows = rowsOf (Key.at 1L key)

        for spec in bodies do
            let body, network = build spec, build (PerGroup.layer groups spec)
            let layout, values = drawn key network
            let weights = Layout.views layout values
            let expected = output body (expanded body weights) rows

            Tensor.toDoubles (output network weights rows)
            |> equals (Tensor.toDoubles expected)

            for task in 0 .. tasks - 1 do
                let one =
                    network.Run weights {
                        NetworkInput.ofRows (only task rows) with
                            Task = Some task
                    }

                let expected = only task expected |> Tensor.toDoubles
                Tensor.toDoubles one |> areWithin 1e-12 expected)

    testTheory "refuses groups of other tasks" [ "0 1 0"; "0 1 0 3"; "0 1 0 -1" ] (fun words ->
        let groups = words.Split ' ' |> Array.map int |> List.ofArray

        (fun () -> build (PerGroup.layer groups bodies.Head)) |> isRefused "")
]
