module MtrlFunctional.Tests.Training.BoundaryProps

open Expecto
open FsCheck
open MtrlFunctional.Training

let ``boundaries of the loop`` = [
    let law name = testLaw 300 [] name

    // The steps at which something happens, in a loop that stops at all these steps.
    let happens recurrence steps =
        steps
        |> Seq.scan
            (fun (before, _) step ->
                if Recurrence.isDue before step recurrence then
                    step, Some step
                else
                    before, None)
            (-1L, None)
        |> Seq.choose snd
        |> Seq.toList

    let small (x: PositiveInt) = int64 (1 + x.Get % 30)

    law "every n steps are the multiples of n" (fun (n: PositiveInt) ->
        let n = small n
        happens (Recurrence.Every n) (seq { 0L .. 200L }) = [ 0L .. n .. 200L ])

    law
        "of single steps, as many lie ahead as happen"
        (fun (n: PositiveInt) (length: PositiveInt) (start: NonNegativeInt) ->
            let n, length, start = small n, small length, int64 (start.Get % 200)

            [
                Recurrence.Every n
                Recurrence.EveryAtEpisodeEnd(n, length)
                Recurrence.AtCommonMultiples(n, length)
            ]
            |> List.forall (fun recurrence ->
                let later =
                    happens recurrence (seq { 0L .. 200L })
                    |> List.filter (fun step -> step > start)

                Recurrence.ahead start 200L recurrence = int64 later.Length))

    law
        "iterations take the first step at or after each multiple"
        (fun (n: PositiveInt) (iteration: PositiveInt) ->
            let n, iteration = small n, small iteration
            let ends = [ 0L .. iteration .. 300L ]

            let wanted =
                [ 0L .. n .. 300L ]
                |> List.choose (fun multiple -> ends |> List.tryFind (fun e -> e >= multiple))
                |> List.distinct

            happens (Recurrence.Every n) ends = wanted)

    law
        "between episodes, the first end of one at or after each multiple"
        (fun (n: PositiveInt) (length: PositiveInt) ->
            let n, length = small n, small length

            happens (Recurrence.EveryAtEpisodeEnd(n, length)) (seq { 0L .. 300L }) =
                happens (Recurrence.Every n) [ 0L .. length .. 300L ])

    law "the original's are the multiples of both" (fun (n: PositiveInt) (length: PositiveInt) ->
        let n, length = small n, small length

        happens (Recurrence.AtCommonMultiples(n, length)) (seq { 0L .. 300L }) = [
            for step in 0L .. 300L do
                if step % n = 0L && step % length = 0L then
                    step
        ])
]
