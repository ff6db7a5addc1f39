module MtrlFunctional.Tests.Algorithms.MinibatchProps

open Expecto
open FsCheck
open MtrlFunctional.Algorithms

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

    testProperty "have each row once, and equal weights" (fun (first, rest, PositiveInt size) ->
        let lengths = lengthsOf (first :: rest)

        let taken = [
            for minibatch in ofLengths size lengths do
                let weights = minibatch.Weight |> Array.filter (fun w -> w > 0.0)
                weights |> areAll (1.0 / float weights.Length)

                for place, weight in Array.zip minibatch.Places minibatch.Weight do
                    if weight > 0.0 then
                        int place
        ]

        let expected = [
            for task, length in Array.indexed lengths do
                for row in 0 .. length - 1 -> task * all + row
        ]

        List.sort taken = expected)

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

    testProperty
        "are cut alike where tasks have as many rows"
        (fun (PositiveInt tasks, PositiveInt size) ->
            let tasks = 1 + tasks % 7
            let each = max 1 (size / tasks)
            let found = ofLengths size (Array.create tasks all) |> Seq.map (counts tasks)

            let expected = [
                for start in 0..each .. all - 1 -> Array.create tasks (min each (all - start))
            ]

            Seq.toList found = expected)
]
