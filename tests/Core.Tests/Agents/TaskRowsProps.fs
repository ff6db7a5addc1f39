module MtrlFunctional.Tests.Agents.TaskRowsProps

open Expecto
open FsCheck
open MtrlFunctional.Agents
open MtrlFunctional.Agents.TaskRows
open MtrlFunctional.Tensors
open MtrlFunctional.Randomness

let ``entries of tasks in tensors`` = [
    let observation = 5

    // The number of a place in row-major order, so that equal numbers are equal places.
    let numbered (shape: int64[]) =
        let count = Array.fold (*) 1L shape
        Tensor.ofDoubles shape [| for i in 0L .. count - 1L -> float i |]

    let axes tasks (shape: int64[]) (wider: int64[]) =
        TaskRows.find tasks observation shape wider |> Option.get

    testCase "of a new task are the mean of the others, and nothing else changes" (fun () ->
        let x = numbered [| 8L; 1L |]
        let axes = axes 2 [| 8L; 1L |] [| 9L; 1L |]

        let moved =
            TaskRows.move 2 [ TaskEntry.Trained 1; TaskEntry.Mean 0.5; TaskEntry.Trained 0 ] axes x

        Tensor.toDoubles moved |> equals [| 0.0; 1; 2; 3; 4; 6; 6; 5; 7 |])

    testCase "of a blend are a weighted sum of the others" (fun () ->
        let x = numbered [| 8L; 1L |]
        let axes = axes 2 [| 8L; 1L |] [| 9L; 1L |]
        let moved = TaskRows.move 2 [ TaskEntry.Blend [| 2.0; -1.0 |] ] axes x
        Tensor.toDoubles moved |> equals [| 0.0; 1; 2; 3; 4; 4; 7 |])

    testCase "of a blend are means in statistics, whose variances are positive" (fun () ->
        let entries = [ TaskEntry.Blend [| 2.0; -1.0 |]; TaskEntry.Trained 1 ]

        TaskRows.entriesOf "statistics/obs/variance" entries
        |> equals [ TaskEntry.Mean 0.0; TaskEntry.Trained 1 ]

        TaskRows.entriesOf "policy/trunk/0/weight" entries |> equals entries)

    testCase "are marked by a mask" (fun () ->
        let mask =
            TaskRows.mask 2 (axes 2 [| 8L; 1L |] [| 9L; 1L |]) (numbered [| 8L; 1L |])

        Tensor.toDoubles mask |> equals [| 0.0; 0; 0; 0; 0; 1; 1; 0 |]

        let whole =
            TaskRows.mask 2 (axes 2 [| 2L; 2L |] [| 3L; 2L |]) (numbered [| 2L; 2L |])

        Tensor.toDoubles whole |> equals [| 1.0; 1; 1; 1 |])

    // A column of an observation and its square.
    testCase "are two blocks of linear values" (fun () ->
        let x = numbered [| 15L |]
        let axes = axes 2 [| 15L |] [| 17L |]

        TaskRows.move 2 [ TaskEntry.Trained 1; TaskEntry.Mean 0.0; TaskEntry.Trained 0 ] axes x
        |> Tensor.toDoubles
        |> equals [| 0.0; 1; 2; 3; 4; 6; 5.5; 5; 7; 8; 9; 10; 11; 13; 12.5; 12; 14 |]

        TaskRows.mask 2 axes x
        |> Tensor.toDoubles
        |> equals [| 0.0; 0; 0; 0; 0; 1; 1; 0; 0; 0; 0; 0; 1; 1; 0 |])

    testCase "are nowhere if an axis grows by another number, or is too short for all" (fun () ->
        (TaskRows.find 2 observation [| 4L |] [| 6L |]).IsNone |> isTrue
        (TaskRows.find 2 observation [| 4L |] [| 5L |]).IsNone |> isTrue
        (TaskRows.find 2 observation [| 4L |] [| 4L; 1L |]).IsNone |> isTrue
        TaskRows.find 2 observation [| 4L |] [| 4L |] |> equals (Some []))
]

let ``entries that a search tries`` = [
    let weightsOf tasks seed shots = [
        for shot in 0 .. shots - 1 -> TaskSearch.weights tasks shot (Key.ofSeed seed)
    ]

    testProperty
        "lie beyond one task, away from another"
        (fun (seed: int64) (PositiveInt count) (NonNegativeInt shot) ->
            let tasks = 2 + count % 50
            let weights = TaskSearch.weights tasks shot (Key.ofSeed seed)

            Array.sum weights = 1.0
            && Array.sort weights =
                Array.concat [ [| -1.0 |]; Array.zeroCreate (tasks - 2); [| 2.0 |] ])

    testProperty
        "lie beyond each task once in as many shots as there are tasks"
        (fun (seed: int64) (PositiveInt count) ->
            let tasks = 2 + count % 20

            weightsOf tasks seed tasks |> List.map (Array.findIndex ((=) 2.0)) = [ 0 .. tasks - 1 ])

    testCase "are away from every other task, by the key" (fun () ->
        let away = [
            for seed in 0L .. 200L ->
                Array.findIndex ((=) -1.0) (TaskSearch.weights 4 1 (Key.ofSeed seed))
        ]

        List.sort (List.distinct away) |> equals [ 0; 2; 3 ])
]
