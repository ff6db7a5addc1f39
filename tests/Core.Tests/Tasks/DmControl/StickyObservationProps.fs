namespace MtrlFunctional.Tests.Tasks.DmControl

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl

[<TestFixture>]
module ``sticky observations`` =
    let private ages sticky seed count = [
        for steps in 0 .. count - 1 -> StickyObservation.age sticky steps (Key.ofSeed seed)
    ]

    [<Property>]
    let ``are the newest with probability 0`` (seed: int64, lastK: PositiveInt) =
        ages { Probability = 0.0; LastK = lastK.Get } seed 50 |> List.forall ((=) 0)

    [<Property>]
    let ``are old after the first step with probability 1`` (seed: int64, lastK: PositiveInt) =
        let first, rest =
            match ages { Probability = 1.0; LastK = lastK.Get } seed 50 with
            | first :: rest -> first, rest
            | [] -> failwith "There are 50."

        first = 0 && rest |> List.forall (fun age -> age >= 1)

    [<Property>]
    let ``are at most k steps old and none is of an earlier episode``
        (seed: int64, lastK: PositiveInt)
        =
        let lastK = 1 + lastK.Get % 7

        ages { Probability = 0.7; LastK = lastK } seed 50
        |> List.indexed
        |> List.forall (fun (steps, age) -> 0 <= age && age <= min lastK steps)

    [<Test>]
    let ``have each age equally often`` () =
        let found =
            ages { Probability = 0.6; LastK = 3 } 5L 40_000 |> List.countBy id |> Map

        Assert.That(float found[0] / 40_000.0, Is.EqualTo(0.4).Within 0.01)

        for age in 1..3 do
            Assert.That(float found[age] / 40_000.0, Is.EqualTo(0.2).Within 0.01)
