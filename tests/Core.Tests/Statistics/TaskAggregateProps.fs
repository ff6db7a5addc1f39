namespace MtrlFunctional.Tests.Statistics

open System
open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Statistics

[<TestFixture>]
module ``a number over the tasks`` =
    let private over aggregate (numbers: float list) = TaskAggregate.over aggregate numbers

    let private all = List.map snd TaskAggregate.byName

    [<Property>]
    let ``does not mind the order of the tasks, nor those that were not measured``
        (numbers: NormalFloat list)
        =
        let numbers = [ for x in numbers -> x.Get ]
        let other = nan :: List.rev numbers @ [ infinity ]

        all
        |> List.forall (fun aggregate ->
            let x, y = over aggregate numbers, over aggregate other
            abs (x - y) <= 1e-9 * (1.0 + abs x) || Double.IsNaN x && Double.IsNaN y)

    [<Property>]
    let ``lies between the worst and the best task`` (NonEmptyArray(numbers: NormalFloat[])) =
        let numbers = [ for x in numbers -> x.Get ]
        let slack = 1e-9 * (1.0 + (numbers |> List.map abs |> List.max))

        over TaskAggregate.Worst numbers = List.min numbers
        && all
           |> List.forall (fun aggregate ->
               let x = over aggregate numbers
               List.min numbers - slack <= x && x <= List.max numbers + slack)

    /// As many tasks are above the median as are below.
    [<Property>]
    let ``of the middle parts the tasks`` (NonEmptyArray(numbers: NormalFloat[])) =
        let numbers = [ for x in numbers -> x.Get ]
        let median = over TaskAggregate.Median numbers
        let count f = numbers |> List.filter f |> List.length

        2 * count (fun x -> x < median) <= numbers.Length
        && 2 * count (fun x -> x > median) <= numbers.Length

    [<Test>]
    let ``of nothing is none`` () =
        for aggregate in all do
            Assert.That(over aggregate [], Is.NaN)
            Assert.That(over aggregate [ nan ], Is.NaN)
