module MtrlFunctional.Tests.Networks.TanhGaussianTests

open Expecto
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``the squashed Gaussian`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let output key =
        Draw.normal double key [| 2L; 50L; 6L |]

    testTheory "has log σ within the bounds" [ LogStdLimit.Tanh; LogStdLimit.Clamp ]
    <| fun limit ->
        let wide = 100.0 *. output (Key.ofSeed 1L)
        let policy = TanhGaussian.ofOutput limit (-3.0, 1.5) wide
        let logStd = Tensor.toDoubles policy.LogStd
        Array.min logStd |> isWithin 1e-9 -3.0
        Array.max logStd |> isWithin 1e-9 1.5

    testTheory "has for an output of 0" [ LogStdLimit.Tanh, -9.0; LogStdLimit.Clamp, 0.0 ]
    <| fun (limit, logStd) ->
        let nothing = Tensor.zerosLike (output (Key.ofSeed 1L))
        let policy = TanhGaussian.ofOutput limit (-20.0, 2.0) nothing
        Tensor.toDoubles policy.LogStd |> Array.forall ((=) logStd) |> isTrue
]
