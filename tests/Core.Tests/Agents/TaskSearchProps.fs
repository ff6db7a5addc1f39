module MtrlFunctional.Tests.Agents.TaskSearchProps

open Expecto
open FsCheck
open MtrlFunctional.Agents
open MtrlFunctional.Randomness

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

    testProperty "begin the same with fewer shots" (fun (seed: int64) ->
        List.truncate 7 (weightsOf 5 seed 20) = weightsOf 5 seed 7)

    testCase "are away from every other task, by the key" (fun () ->
        let away = [
            for seed in 0L .. 200L ->
                Array.findIndex ((=) -1.0) (TaskSearch.weights 4 1 (Key.ofSeed seed))
        ]

        List.sort (List.distinct away) |> equals [ 0; 2; 3 ])
]
