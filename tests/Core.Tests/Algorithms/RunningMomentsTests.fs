module MtrlFunctional.Tests.Algorithms.RunningMomentsTests

open Expecto
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

let ``running moments`` = [
    let numbers place (x: float) =
        TensorOptions.fromDoubles place [| x |] [| 1L |]

    let start place : Running = {
        Count = 0.0
        Mean = numbers place 0.0
        Variance = numbers place 1.0
    }

    // Differences of squares near 10⁶ would leave nothing of a variance of 0.01 in float32.
    testTheory "keep a deviation that is small beside its mean in float32" [ 1e3, 0.1; 99.7, 0.02 ]
    <| fun (mean, std) ->
        let place = { TensorOptions.cpu with ScalarType = ScalarType.Float32 }

        let observe running i =
            RunningMoments.update
                0.1
                (numbers place (mean + 0.1 * std * float (i % 2)))
                (numbers place (std * std))
                running

        let running = Seq.fold observe (start place) (seq { 1..10 })
        let found = Tensor.item (RunningMoments.deviation running)
        found |> isWithin (0.05 * std) std

    // m ← (1 − s) m + s m', and the same for the second moments.
    testCase "are averages of first and second moments" (fun () ->
        let place = { TensorOptions.cpu with ScalarType = ScalarType.Float64 }
        let at (x: Tensor) = Tensor.item x

        let observe mean variance =
            RunningMoments.update 0.25 (numbers place mean) (numbers place variance)

        let first = observe 2.0 3.0 (start place)
        let second = observe -1.0 0.5 first
        (at first.Mean, at first.Variance) |> equals (2.0, 3.0)
        let mean = 0.75 * 2.0 + 0.25 * -1.0
        let square = 0.75 * (3.0 + 4.0) + 0.25 * (0.5 + 1.0)
        at second.Mean |> isWithin 1e-12 mean
        at second.Variance |> isWithin 1e-12 (square - mean * mean))
]
