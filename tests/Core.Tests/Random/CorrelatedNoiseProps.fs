module MtrlFunctional.Tests.Random.CorrelatedNoiseProps

open Expecto
open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``correlated noise`` = [
    let drawn seed count =
        use _ = TorchSharp.torch.NewDisposeScope()

        Draw.normal TensorOptions.cpu (Key.ofSeed seed) [| int64 count |]
        |> Tensor.toFloats

    let correlatedBy correlations (numbers: float32[]) =
        let changed = Array.copy numbers
        CorrelatedNoise.apply correlations (Span changed)
        changed

    let correlated (rho: float) steps (numbers: float32[]) =
        correlatedBy (Array.create (numbers.Length / steps) rho) numbers

    testProperty "without a correlation is the same" (fun seed ->
        let numbers = drawn seed 60
        correlated 0.0 12 numbers = numbers)

    testProperty "starts with the same numbers" (fun seed ->
        let numbers = drawn seed 60
        Array.take 5 (correlated 0.8 12 numbers) = Array.take 5 numbers)

    // x_t − ρ x_{t−1}, in units of √(1 − ρ²), are the numbers before.
    testProperty "adds to each step what was drawn for it" (fun seed ->
        let numbers = drawn seed 60
        let found = correlated 0.8 12 numbers

        Seq.forall2
            (fun i x -> abs ((found[i] - 0.8f * found[i - 5]) / 0.6f - x) < 1e-5f)
            [ 5..59 ]
            numbers[5..])

    testProperty "has correlations of its own in each column" (fun seed ->
        let numbers = drawn seed 60

        let column i =
            Array.chunkBySize 2 >> Array.map (Array.item i)

        let both = correlatedBy [| 0.5; 0.9 |] numbers

        (column 0 both, column 1 both) =
            (correlated 0.5 30 (column 0 numbers), correlated 0.9 30 (column 1 numbers)))
]
