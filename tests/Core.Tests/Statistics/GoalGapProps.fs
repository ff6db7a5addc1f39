namespace MtrlFunctional.Tests.Statistics

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Statistics

[<TestFixture; Properties(Arbitrary = [| typeof<Scores> |], MaxTest = 40)>]
module ``the gap between goals`` =
    [<Property>]
    let ``of equal evaluations is nothing, within its interval`` (scores: float[][]) =
        let gap = GoalGap.estimate scores scores

        gap.Difference = 0.0
        && gap.Interval
           |> Option.forall (fun interval -> interval.Low <= 0.0 && interval.High >= 0.0)

    [<Property>]
    let ``changes its sign with the order`` (scores: float[][]) (others: float[][]) =
        let there, back = GoalGap.estimate scores others, GoalGap.estimate others scores

        abs (there.Difference + back.Difference) < 1e-12

    [<Test>]
    let ``of one goal a task has no interval`` () =
        let gap = GoalGap.estimate [| [| 1.0 |]; [| 1.0 |] |] [| [| 0.0 |]; [| 1.0 |] |]
        Assert.That(gap.Difference, Is.EqualTo -0.5)
        Assert.That gap.Interval.IsNone

    [<Test>]
    let ``that is certain has an interval of one point`` () =
        let all rate =
            Array.replicate 3 (Array.replicate 10 rate)

        let gap = GoalGap.estimate (all 1.0) (all 0.0)
        Assert.That((gap.Interval = Some { Low = -1.0; High = -1.0 }))
