namespace MtrlFunctional.Tests.Training

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Training

[<TestFixture; Properties(MaxTest = 300)>]
module ``the least deviation of a task`` =
    let private rate (x: NormalFloat) = abs x.Get % 1.0

    let private least unsolved rates =
        HeldStd.least unsolved { Fast = rates; Slow = rates }

    [<Property>]
    let ``is that of an unsolved task before the first success`` (tasks: PositiveInt) =
        least 0.5 (LearningProgress.start tasks.Get).Fast
        |> Array.forall (fun std -> std = 0.5)

    [<Property>]
    let ``falls where more episodes succeed, and is nothing where a fifth does`` a b =
        let low, high = min (rate a) (rate b), max (rate a) (rate b)

        match least 0.5 [| low; high |] with
        | [| more; less |] ->
            more >= less && (high < 0.2 || less = 0.0) && (low >= 0.2 || more > 0.0)
        | _ -> false

    [<Test>]
    let ``is half where a tenth succeeds`` () =
        Assert.That((least 0.6 [| 0.1 |])[0], Is.EqualTo(0.3).Within 1e-12)
