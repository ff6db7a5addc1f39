module MtrlFunctional.Tests.Networks.NetworkTests

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``a network`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let sizes features : InputSizes = { Tasks = 10; Features = features; Context = 0 }

    testCase "appends the context of its task to each row" (fun () ->
        let network =
            Network.build
                Precision.Full
                ""
                { Tasks = 2; Features = 1; Context = 2 }
                AppendContext.layer

        let y =
            network.Run (Layout.views (Layout.create []) (Draw.constant double 0.0 [| 0L |])) {
                Rows = Tensor.ofDoubles [| 2L; 2L; 1L |] [| 1.0; 2.0; 3.0; 4.0 |]
                Context = Some(Tensor.ofDoubles [| 2L; 1L; 2L |] [| 5.0; 6.0; 7.0; 8.0 |])
                Task = None
                Sequences = None
                IsByRow = false
                IsConstant = false
            }

        let expected = [| 1.0; 5.0; 6.0; 2.0; 5.0; 6.0; 3.0; 7.0; 8.0; 4.0; 7.0; 8.0 |]
        Tensor.toDoubles y |> equals expected
        network.Width |> equals 3)

    testCase
        "rounds hidden layers to bfloat16 on request, with outputs in single precision"
        (fun () ->
            let x = Draw.normal TensorOptions.cpu (Key.ofSeed 2L) [| 1L; 16L; 6L |]

            let run precision =
                let network = Network.build precision "" (sizes 6) (Spec.mlp 3 32 2)
                let layout = Layout.create network.Parameters
                let vector = Layout.initialise TensorOptions.cpu (Key.ofSeed 1L) layout
                network.Run (Layout.views layout vector) (NetworkInput.ofRows x)

            let exact, rounded = run Precision.Full, run Precision.BFloat16
            Tensor.scalarType rounded |> equals ScalarType.Float32
            let difference = Tensor.norm (exact .- rounded) ./ Tensor.norm exact |> Tensor.item
            difference |> isInRange 1e-5 0.02)

    testLaw
        30
        []
        "that normalises gives rows of mean 0 and variance 1, scaled and shifted"
        (fun (PositiveInt n) seed ->
            let features, key = n % 20 + 2, Key.ofSeed seed
            let network = Network.build Precision.Full "net" (sizes features) LayerNorm.layer
            let layout = Layout.create network.Parameters

            let weights =
                Layout.views layout (Draw.normal double (Key.at 1L key) [| layout.Length |])

            let rows = 7.0 +. Draw.normal double key [| 2L; 5L; int64 features |]

            let mean (x: Tensor) =
                1.0 / float features *. Tensor.sumDimKept 2 x

            let centred = rows .- mean rows
            let normal = centred ./ Tensor.sqrt (1e-5 +. mean (Tensor.square centred))
            let expected = normal .* weights["net/gain"] .+ weights["net/shift"]
            let found = network.Run weights (NetworkInput.ofRows rows)

            Seq.forall2
                (fun a b -> abs (a - b) < 1e-9)
                (Tensor.toDoubles found)
                (Tensor.toDoubles expected))
]
