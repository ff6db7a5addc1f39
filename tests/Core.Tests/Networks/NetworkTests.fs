module MtrlFunctional.Tests.Networks.NetworkTests

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``a network`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let sizes features : InputSizes = { Tasks = 10; Features = features; Context = 0 }

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
]
