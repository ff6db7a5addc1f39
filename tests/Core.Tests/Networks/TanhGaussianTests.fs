module MtrlFunctional.Tests.Networks.TanhGaussianTests

open Expecto
open System
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``the squashed Gaussian`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let output key =
        Draw.normal double key [| 2L; 50L; 6L |]

    testCase "has log σ within the bounds" (fun () ->
        let wide = 100.0 *. output (Key.ofSeed 1L)
        let policy = TanhGaussian.ofOutput (-3.0, 1.5) wide
        let logStd = Tensor.toDoubles policy.LogStd
        Array.min logStd |> isWithin 1e-9 -3.0
        Array.max logStd |> isWithin 1e-9 1.5)

    testCase "without noise gives its mode" (fun () ->
        let policy = TanhGaussian.ofOutput (-20.0, 2.0) (output (Key.ofSeed 4L))

        let sample =
            TanhGaussian.sampleBy SquashDensity.Exact policy (Tensor.zerosLike policy.Mean)

        Tensor.toDoubles sample.Action
        |> equals (Tensor.toDoubles (TanhGaussian.mode policy)))
]
