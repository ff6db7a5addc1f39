module MtrlFunctional.Tests.Statistics.TaskAggregateProps

open Expecto
open System
open FsCheck
open MtrlFunctional.Statistics

let ``a number over the tasks`` = [
    let over aggregate (numbers: float list) = TaskAggregate.over aggregate numbers

    let all = List.map snd TaskAggregate.byName

    testProperty
        "does not mind the order of the tasks, nor those that were not measured"
        (fun (numbers: NormalFloat list) ->
            let numbers = [ for x in numbers -> x.Get ]
            let other = nan :: List.rev numbers @ [ infinity ]

            all
            |> List.forall (fun aggregate ->
                let x, y = over aggregate numbers, over aggregate other
                abs (x - y) <= 1e-9 * (1.0 + abs x) || Double.IsNaN x && Double.IsNaN y))

    testProperty
        "lies between the worst and the best task"
        (fun (NonEmptyArray(numbers: NormalFloat[])) ->
            let numbers = [ for x in numbers -> x.Get ]
            let slack = 1e-9 * (1.0 + (numbers |> List.map abs |> List.max))

            over TaskAggregate.Worst numbers = List.min numbers
            && all
               |> List.forall (fun aggregate ->
                   let x = over aggregate numbers
                   List.min numbers - slack <= x && x <= List.max numbers + slack))

    // As many tasks are above the median as are below.
    testProperty "of the middle parts the tasks" (fun (NonEmptyArray(numbers: NormalFloat[])) ->
        let numbers = [ for x in numbers -> x.Get ]
        let median = over TaskAggregate.Median numbers
        let count f = numbers |> List.filter f |> List.length

        2 * count (fun x -> x < median) <= numbers.Length
        && 2 * count (fun x -> x > median) <= numbers.Length)

    testCase "of nothing is none" (fun () ->
        for aggregate in all do
            over aggregate [] |> Double.IsNaN |> isTrue
            over aggregate [ nan ] |> Double.IsNaN |> isTrue)
]

let ``the gap between goals`` = [
    let law name =
        testLaw 40 [ typeof<AggregateProps.Scores> ] name

    law "of equal evaluations is nothing, within its interval" (fun (scores: float[][]) ->
        let gap = GoalGap.estimate scores scores

        gap.Difference = 0.0
        && gap.Interval
           |> Option.forall (fun interval -> interval.Low <= 0.0 && interval.High >= 0.0))

    law "changes its sign with the order" (fun (scores: float[][]) (others: float[][]) ->
        let there, back = GoalGap.estimate scores others, GoalGap.estimate others scores

        abs (there.Difference + back.Difference) < 1e-12)

    testCase "of one goal a task has no interval" (fun () ->
        let gap = GoalGap.estimate [| [| 1.0 |]; [| 1.0 |] |] [| [| 0.0 |]; [| 1.0 |] |]
        gap.Difference |> equals -0.5
        isTrue gap.Interval.IsNone)

    testCase "that is certain has an interval of one point" (fun () ->
        let all rate =
            Array.replicate 3 (Array.replicate 10 rate)

        let gap = GoalGap.estimate (all 1.0) (all 0.0)
        gap.Interval |> equals (Some { Low = -1.0; High = -1.0 }))
]

let ``the rate of success`` = [
    let law name =
        testLaw 40 [ typeof<AggregateProps.Scores> ] name

    law "is the mean over all episodes, within its interval" (fun (scores: float[][]) ->
        let rate = SuccessRate.estimate scores

        abs (rate.Mean - Array.average (Array.concat scores)) < 1e-12
        && rate.Interval
           |> Option.forall (fun interval ->
               interval.Low <= rate.Mean + 1e-12 && rate.Mean - 1e-12 <= interval.High))

    testCase "of one goal a task has no interval" (fun () ->
        (SuccessRate.estimate [| [| 1.0 |]; [| 0.0 |] |]).Interval.IsNone |> isTrue)

    testCase "that is certain has an interval of one point" (fun () ->
        let rate = SuccessRate.estimate (Array.replicate 3 (Array.replicate 10 1.0))
        rate |> equals { Mean = 1.0; Interval = Some { Low = 1.0; High = 1.0 } })
]
