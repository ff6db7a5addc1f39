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
