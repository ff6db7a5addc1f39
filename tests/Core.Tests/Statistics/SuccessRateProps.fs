namespace MtrlFunctional.Tests.Statistics

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Statistics

[<TestFixture; Properties(Arbitrary = [| typeof<Scores> |], MaxTest = 40)>]
module ``the rate of success`` =
    [<Property>]
    let ``is the mean over all episodes, within its interval`` (scores: float[][]) =
        let rate = SuccessRate.estimate scores

        abs (rate.Mean - Array.average (Array.concat scores)) < 1e-12
        && rate.Interval
           |> Option.forall (fun interval ->
               interval.Low <= rate.Mean + 1e-12 && rate.Mean - 1e-12 <= interval.High)

    [<Test>]
    let ``of one goal a task has no interval`` () =
        Assert.That (SuccessRate.estimate [| [| 1.0 |]; [| 0.0 |] |]).Interval.IsNone

    [<Test>]
    let ``that is certain has an interval of one point`` () =
        let rate = SuccessRate.estimate (Array.replicate 3 (Array.replicate 10 1.0))
        Assert.That((rate = { Mean = 1.0; Interval = Some { Low = 1.0; High = 1.0 } }))
