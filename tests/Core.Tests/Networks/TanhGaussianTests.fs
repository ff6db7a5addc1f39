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

    // ∫ π(a) da = 1 for one action: π(a) of samples with the noise of evenly spaced actions.
    testCase "has a density that integrates to one" (fun () ->
        let mean, logStd, steps = 0.3, -0.4, 20_000
        let actions = [| for i in 1..steps -> -1.0 + 2.0 * (float i - 0.5) / float steps |]
        let noise = actions |> Array.map (fun a -> (Math.Atanh a - mean) / exp logStd)
        let shape = [| 1L; int64 steps; 1L |]

        let policy = {
            Mean = Draw.constant double mean shape
            LogStd = Draw.constant double logStd shape
            Mask = None
        }

        let sample =
            TanhGaussian.sampleBy SquashDensity.Exact policy (Tensor.ofDoubles shape noise)

        let total = Tensor.toDoubles (Tensor.exp sample.LogProb) |> Array.sum
        total * 2.0 / float steps |> isWithin 1e-4 1.0

        let errors =
            Array.map2 (fun a b -> abs (a - b)) actions (Tensor.toDoubles sample.Action)

        Array.max errors |> isBelow 1e-12)

    testCase "without noise gives its mode" (fun () ->
        let policy = TanhGaussian.ofOutput (-20.0, 2.0) (output (Key.ofSeed 4L))

        let sample =
            TanhGaussian.sampleBy SquashDensity.Exact policy (Tensor.zerosLike policy.Mean)

        Tensor.toDoubles sample.Action
        |> equals (Tensor.toDoubles (TanhGaussian.mode policy)))

    // Far out, 1 − tanh² underflows.
    testCase "has a finite density far from its mean" (fun () ->
        let shape = [| 1L; 1L; 2L |]

        let policy = {
            Mean = Draw.constant double 50.0 shape
            LogStd = Draw.constant double 2.0 shape
            Mask = None
        }

        let sample =
            TanhGaussian.sampleBy SquashDensity.Exact policy (Draw.constant double 3.0 shape)

        isTrue (Double.IsFinite(Tensor.item sample.LogProb)))
]
