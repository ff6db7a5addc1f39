namespace MtrlFunctional.Tests.Networks

open System
open NUnit.Framework
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

[<TestFixture>]
module ``the squashed Gaussian`` =

    let private double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let private output key =
        Draw.normal double key [| 2L; 50L; 6L |]

    [<Test>]
    let ``has log σ within the bounds`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let wide = 100.0 *. output (Key.ofSeed 1L)
        let policy = TanhGaussian.ofOutput (-3.0, 1.5) wide
        let logStd = Tensor.toDoubles policy.LogStd
        Assert.That(Array.min logStd, Is.EqualTo(-3.0).Within 1e-9)
        Assert.That(Array.max logStd, Is.EqualTo(1.5).Within 1e-9)

    /// ∫ π(a) da = 1 for one action: π(a) of samples with the noise of evenly spaced actions.
    [<Test>]
    let ``has a density that integrates to one`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let mean, logStd, steps = 0.3, -0.4, 20_000
        let actions = [| for i in 1..steps -> -1.0 + 2.0 * (float i - 0.5) / float steps |]
        let noise = actions |> Array.map (fun a -> (Math.Atanh a - mean) / exp logStd)
        let shape = [| 1L; int64 steps; 1L |]

        let policy = {
            Mean = Draw.constant double mean shape
            LogStd = Draw.constant double logStd shape
            Mask = None
        }

        let sample = TanhGaussian.sample policy (Tensor.ofDoubles shape noise)
        let total = Tensor.toDoubles (Tensor.exp sample.LogProb) |> Array.sum
        Assert.That(total * 2.0 / float steps, Is.EqualTo(1.0).Within 1e-4)

        let errors =
            Array.map2 (fun a b -> abs (a - b)) actions (Tensor.toDoubles sample.Action)

        Assert.That(Array.max errors, Is.LessThan 1e-12)

    [<Test>]
    let ``without noise gives its mode`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let policy = TanhGaussian.ofOutput (-20.0, 2.0) (output (Key.ofSeed 4L))
        let sample = TanhGaussian.sample policy (Tensor.zerosLike policy.Mean)
        Assert.That((Tensor.toDoubles sample.Action = Tensor.toDoubles (TanhGaussian.mode policy)))

    /// Far out, 1 − tanh² underflows.
    [<Test>]
    let ``has a finite density far from its mean`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let shape = [| 1L; 1L; 2L |]

        let policy = {
            Mean = Draw.constant double 50.0 shape
            LogStd = Draw.constant double 2.0 shape
            Mask = None
        }

        let sample = TanhGaussian.sample policy (Draw.constant double 3.0 shape)
        Assert.That(Double.IsFinite(Tensor.item sample.LogProb))
