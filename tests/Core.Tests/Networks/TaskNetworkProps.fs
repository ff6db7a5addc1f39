module MtrlFunctional.Tests.Networks.TaskNetworkProps

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``networks that depend on the task`` = [
    let law name = testLaw 20 [] name

    // Features and context of soft modules are equally wide.
    let fitted spec (input: NetworkInput) =
        match spec with
        | Parts [ "modules", _ ] -> { input with Rows = Tensor.narrow 2 0L 4L input.Rows }
        | _ -> input

    let built spec =
        match spec with
        | Parts [ "modules", _ ] ->
            Network.build Precision.Full "net" { sizes 4 with Features = 4 } spec
        | _ -> build 4 spec

    law "give permuted tasks permuted outputs" (fun seed ->
        let key = Key.ofSeed seed
        let order = Tensor.ofLongs [| 4L |] [| 2L; 0L; 3L; 1L |]
        let permute x = Tensor.indexSelect 0 order x

        all
        |> List.forall (fun spec ->
            let network, input = built spec, fitted spec (input key 4)
            let weights = weightsOf key network

            let permuted =
                let layout = Layout.create network.Parameters

                Layout.flatten layout (fun p ->
                    if p.PerTask then
                        permute weights[p.Path]
                    else
                        weights[p.Path])
                |> Layout.views layout

            let moved = {
                NetworkInput.ofRows (permute input.Rows) with
                    Context = Option.map permute input.Context
            }

            let other = built (reordered [ 2; 0; 3; 1 ] spec)
            near (permute (network.Run weights input)) (other.Run permuted moved)))

    // Rows and parameters of other tasks do not matter.
    law "compute the same for one task alone" (fun seed ->
        let key = Key.ofSeed seed
        let clusters = Clusters [ for i in 0..3 -> [ for e in 0..2 -> e <= i ] ]

        Experts.layer (mixture 3 1 clusters) :: all
        |> List.forall (fun spec ->
            let network, input = built spec, fitted spec (input key 4)
            let layout = Layout.create (network.Parameters @ network.Fixed)
            let weights = weightsOf key network
            let ofAll = network.Run weights input

            [ 0..3 ]
            |> List.forall (fun task ->
                let alone = {
                    NetworkInput.ofRows (only task input.Rows) with
                        Context = Option.map (only task) input.Context
                        Task = Some task
                }

                let taskWeights = Sharing.ofTask layout (int64 task) weights
                near (network.Run taskWeights alone) (only task ofAll))))

    // Whole numbers, most of which are equal.
    law "select the first of equal experts, as many as asked for" (fun seed (PositiveInt topK) ->
        let topK = topK % 4 + 1
        let draw = Draw.normal double (Key.ofSeed seed) [| 3L; 7L; 5L |]

        let logits =
            Tensor.toType ScalarType.Float64 (Tensor.toType ScalarType.Int64 draw)
            |> Tensor.leaf

        let mixtureWeights = Gating.weigh 5 { gate with TopK = Some topK } logits

        let cost =
            Tensor.sum (mixtureWeights .* Draw.normal double (Key.ofSeed 3L) [| 5L |])

        let rows x =
            Tensor.toDoubles x |> Array.chunkBySize 5

        Array.zip3 (rows logits) (rows mixtureWeights) (rows ((Tensor.grad [| logits |] cost)[0]))
        |> Array.forall (fun (logits, mixtureWeights, slopes) ->
            let expected =
                [ 0..4 ] |> List.sortBy (fun i -> -logits[i], i) |> List.take topK |> List.sort

            let selected = [ 0..4 ] |> List.filter (fun i -> mixtureWeights[i] > 0.0)

            selected = expected
            && List.except selected [ 0..4 ] |> List.forall (fun i -> slopes[i] = 0.0)
            && abs (Array.sum mixtureWeights - 1.0) < 1e-12))
]

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
