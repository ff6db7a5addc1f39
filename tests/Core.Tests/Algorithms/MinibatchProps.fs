module MtrlFunctional.Tests.Algorithms.MinibatchProps

open Expecto
open FsCheck
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

let ``minibatches of tasks with different numbers of rows`` = [
    let all = 100

    let ofLengths size (lengths: int[]) =
        let rows = lengths |> Array.map (fun length -> [| 0 .. length - 1 |])
        Minibatches.pass 1 all rows (Some size) (fun _ _ n -> Array.rev [| 0 .. n - 1 |]) 0

    let lengthsOf (numbers: PositiveInt list) = [|
        for PositiveInt number in numbers -> 1 + number % all
    |]

    // Rows of each task in a minibatch.
    let counts tasks (minibatch: Minibatches.Minibatch) =
        let counted = Array.zeroCreate tasks

        Array.iter2
            (fun place weight ->
                if weight > 0.0 then
                    let task = int place / all
                    counted[task] <- counted[task] + 1)
            minibatch.Places
            minibatch.Weight

        counted

    testProperty
        "have the same share of each task, and no more rows than asked for"
        (fun (first, rest, PositiveInt size) ->
            let lengths = lengthsOf (first :: rest)
            let tasks, most = lengths.Length, Array.max lengths
            let found = ofLengths size lengths |> Seq.map (counts tasks) |> Seq.toList

            for counts in found do
                let share = float counts[Array.findIndex ((=) most) lengths] / float most

                for count, length in Array.zip counts lengths do
                    float count |> isWithin 1.0 (share * float length)

            // Rounded up for each task.
            found |> List.forall (fun counts -> Array.sum counts <= size + 2 * tasks))
]

let ``a learning rate that falls`` = [
    let settings final start = {
        OnPolicyDefaults.settings with
            FinalRate = final
            DecayStart = start
    }

    let rate progress settings =
        (MinibatchTraining.ruleAt progress settings).Rate

    let whole = OnPolicyDefaults.settings.Adam.Rate

    // In [0, 1).
    let share (NonNegativeInt n) = float (n % 1000) / 1000.0

    testProperty "is the whole until it begins to" (fun start at ->
        let start, at = share start, share at
        rate (start * at) (settings 0.0 start) = whole)

    testProperty "reaches its end with the run, in a line" (fun start final at ->
        let start, final, at = share start, share final, share at
        let settings = settings final start
        let along = start + at * (1.0 - start)
        rate 1.0 settings |> isWithin 1e-12 (whole * final)
        let expected = whole * (1.0 - at * (1.0 - final))
        rate along settings |> isWithin 1e-12 expected)

    testProperty
        "falls from the beginning by default, bit by bit as the line through both ends"
        (fun final at ->
            let final, at = share final, share at
            rate at (settings final 0.0) = whole * (1.0 + at * (final - 1.0)))
]

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
