module MtrlFunctional.Tests.Networks.GruProps

open Expecto
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``gated recurrent units`` = [
    let law name = testLaw 25 [] name

    let tasks, sequences, steps, features, units = 2, 3, 6, 5, 4

    let network =
        Network.build
            Precision.Full
            "net"
            { Tasks = tasks; Features = features; Context = 0 }
            (Gru.layer { Units = units; TimeConstant = 20.0 })

    // Rows with a mark at the start of each sequence, and of one more in the middle.
    let rowsOf key (count: int) =
        let rows = Draw.normal double key [| int64 (tasks * sequences * count * features) |]

        let numbers =
            Tensor.toDoubles rows
            |> Array.mapi (fun i x ->
                let step = i / features % count

                if i % features < features - 1 then x
                elif step = 0 || i / features = 2 * count + 3 then 1.0
                else 0.0)

        Tensor.ofDoubles [| int64 tasks; int64 (sequences * count); int64 features |] numbers

    let run weights steps start rows =
        network.Run weights {
            NetworkInput.ofRows rows with
                Sequences = Some { Steps = steps; Start = start }
        }

    // Of a weighted sum of all states, along a random direction of parameters, input and start together.
    law "have the gradient through time of central differences" (fun seed ->
        let key = Key.ofSeed seed
        let layout = Layout.create network.Parameters
        let draw n shape = Draw.normal double (Key.at n key) shape
        let parameters = 0.5 *. draw 1L [| layout.Length |]

        let rows, start =
            rowsOf key steps, draw 2L [| int64 tasks; int64 sequences; int64 units |]

        let weight = draw 3L [| int64 tasks; int64 (sequences * steps); int64 units |]

        let toParameters, toStart =
            draw 4L [| layout.Length |], draw 5L (Tensor.shape start)

        // The mark has no gradient.
        let toRows =
            let shape = Tensor.shape rows
            let inner = [| shape[0]; shape[1]; shape[2] - 1L |]
            Tensor.cat 2 [| draw 6L inner; Tensor.zerosLike (Tensor.narrow 2 0L 1L rows) |]

        let value t =
            use _ = TorchSharp.torch.no_grad ()

            let states =
                run
                    (Layout.views layout (parameters .+ t *. toParameters))
                    steps
                    (Some(start .+ t *. toStart))
                    (rows .+ t *. toRows)

            Tensor.item (Tensor.sum (weight .* states))

        let leaves = Layout.views layout parameters |> Gradient.leaves
        let startLeaf, rowsLeaf = Tensor.leaf start, Tensor.leaf rows
        let loss = Tensor.sum (weight .* run leaves steps (Some startLeaf) rowsLeaf)
        let gradient, others = Gradient.flat layout leaves [ startLeaf; rowsLeaf ] loss

        let slope =
            List.map2
                (fun (g: Tensor) (direction: Tensor) -> Tensor.item (Tensor.sum (g .* direction)))
                (gradient :: List.ofArray others)
                [ toParameters; toStart; toRows ]
            |> List.sum

        let step = 1e-5
        let differences = (value step - value -step) / (2.0 * step)
        abs (slope - differences) < 1e-7 * (1.0 + abs slope))

    testCase "begin with time constants from 2 to the longest" (fun () ->
        let bias =
            network.Parameters
            |> List.pick (fun p ->
                match p.Path, p.Initialiser with
                | "net/input/bias", Given numbers -> Some numbers
                | _ -> None)

        let timeConstants =
            bias[units .. 2 * units - 1] |> Array.map (fun b -> 1.0 + exp -b)

        timeConstants[0] |> isWithin 1e-12 2.0
        Array.last timeConstants |> isWithin 1e-9 20.0
        Array.sum bias[.. units - 1] + Array.sum bias[2 * units ..] |> equals 0.0)
]
