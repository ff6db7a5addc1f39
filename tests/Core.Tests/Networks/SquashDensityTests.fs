module MtrlFunctional.Tests.Networks.SquashDensityTests

open Expecto
open Expecto.Flip
open System
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Randomness

/// log π of tanh(μ + σ ε) at u = μ + σ ε from −20 to 20, one action. All numbers in double precision but where stated.
let ``the density of a squashed sample`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let single = { ScalarType = ScalarType.Float32; Device = Libtorch.Cpu }

    let noise, logStd = 0.7, -0.4

    let places = [| for i in -40 .. 40 -> 0.5 * float i + 0.01 |]

    // −2 log cosh u = log(1 − tanh² u), another way to the exact form.
    let exact mean logStd =
        let u = mean + exp logStd * noise

        -0.5 * log (2.0 * Math.PI) - 0.5 * noise * noise - logStd
        + 2.0 * log (Math.Cosh u)

    // log π at each place, and its slopes with respect to μ and log σ.
    let found place density =
        let shape = [| 1L; int64 places.Length; 1L |]
        let means = places |> Array.map (fun u -> u - exp logStd * noise)
        let mean = Tensor.leaf (TensorOptions.fromDoubles place means shape)

        let std =
            Tensor.leaf (TensorOptions.fromDoubles place (Array.create places.Length logStd) shape)

        let policy = { Mean = mean; LogStd = std; Mask = None }
        let noise = Draw.constant place noise shape
        let sample = TanhGaussian.sampleBy density policy noise
        let slopes = Tensor.grad [| mean; std |] (Tensor.sum sample.LogProb)

        means,
        Tensor.toDoubles sample.LogProb,
        Tensor.toDoubles slopes[0],
        Tensor.toDoubles slopes[1]

    let central f x = (f (x + 1e-5) - f (x - 1e-5)) / 2e-5

    let isNear within (expected: float[]) (computed: float[]) =
        for u, expected, computed in Array.zip3 places expected computed do
            let within = within * (1.0 + abs expected)
            computed |> Expect.isWithin $"u = {u}" within expected

    let compare place within slopeWithin =
        use _ = TorchSharp.torch.NewDisposeScope()
        let means, values, ofMean, ofLogStd = found place SquashDensity.Exact
        isNear within (means |> Array.map (fun mean -> exact mean logStd)) values
        let slope = central (fun mean -> exact mean logStd)
        isNear slopeWithin (Array.map slope means) ofMean
        isNear slopeWithin (means |> Array.map (fun mean -> central (exact mean) logStd)) ofLogStd

    testCase "is exact wherever the action is" (fun () -> compare double 1e-13 1e-7)

    testCase "is exact in single precision" (fun () -> compare single 1e-5 1e-4)

    // What brings a saturated policy back: ±2 far from the middle, and nothing where the original clamps.
    testCase "keeps its slope where actions saturate" (fun () ->
        let slope density =
            let _, _, slope, _ = found single density in slope

        Array.head (slope SquashDensity.Exact) |> isWithin 1e-6 -2.0
        Array.last (slope SquashDensity.Exact) |> isWithin 1e-6 2.0
        Array.last (slope SquashDensity.Clamped) |> equals 0.0)

    testCase "of a sample and of an equal policy are the same" (fun () ->
        let shape = [| 1L; int64 places.Length; 1L |]

        let policy = {
            Mean = TensorOptions.fromDoubles double places shape
            LogStd = Draw.constant double logStd shape
            Mask = None
        }

        for density in [ SquashDensity.Exact; SquashDensity.Clamped ] do
            let sample = TanhGaussian.sampleBy density policy (Draw.constant double noise shape)

            isNear
                1e-12
                (Tensor.toDoubles sample.LogProb)
                (Tensor.toDoubles (TanhGaussian.logProbBy density policy sample))

        let usual =
            TanhGaussian.sampleBy SquashDensity.Exact policy (Draw.constant double noise shape)

        let exact = TanhGaussian.logProbBy SquashDensity.Exact policy usual
        isNear 1e-12 (Tensor.toDoubles exact) (Tensor.toDoubles usual.LogProb))
]

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
