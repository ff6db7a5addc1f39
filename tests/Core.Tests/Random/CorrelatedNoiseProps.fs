namespace MtrlFunctional.Tests.Random

open System
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

[<TestFixture>]
module ``correlated noise`` =
    let private drawn seed count =
        use _ = TorchSharp.torch.NewDisposeScope()

        Draw.normal TensorOptions.cpu (Key.ofSeed seed) [| int64 count |]
        |> Tensor.toFloats

    let private correlated rho steps (numbers: float32[]) =
        let changed = Array.copy numbers
        CorrelatedNoise.apply rho steps (Span changed)
        changed

    [<Property>]
    let ``without a correlation is the same`` seed =
        let numbers = drawn seed 60
        correlated 0.0 12 numbers = numbers

    [<Property>]
    let ``starts with the same numbers`` seed =
        let numbers = drawn seed 60
        Array.take 5 (correlated 0.8 12 numbers) = Array.take 5 numbers

    /// x_t − ρ x_{t−1}, in units of √(1 − ρ²), are the numbers before.
    [<Property>]
    let ``adds to each step what was drawn for it`` seed =
        let numbers = drawn seed 60
        let found = correlated 0.8 12 numbers

        Seq.forall2
            (fun i x -> abs ((found[i] - 0.8f * found[i - 5]) / 0.6f - x) < 1e-5f)
            [ 5..59 ]
            numbers[5..]

    /// Means over 100,000 numbers, whose standard errors are below 0.01.
    [<TestCase(0.5)>]
    [<TestCase(0.8)>]
    let ``is standard normal, with ρ to the power of the distance`` (rho: float) =
        let steps, columns = 200, 500
        let x = drawn 3L (steps * columns) |> correlated rho steps |> Array.map float

        let product distance =
            let first = columns * distance

            Seq.map2 (*) x[first..] x[.. x.Length - 1 - first] |> Seq.average

        Assert.That(Array.average x, Is.EqualTo(0.0).Within 0.03)
        Assert.That(product 0, Is.EqualTo(1.0).Within 0.03)
        Assert.That(product 1, Is.EqualTo(rho).Within 0.03)
        Assert.That(product 3, Is.EqualTo(rho ** 3.0).Within 0.03)
