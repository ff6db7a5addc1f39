module MtrlFunctional.Tests.Training.HeldStdProps

open Expecto
open FsCheck
open MtrlFunctional.Training

let ``the least deviation of a task`` = [
    let law name = testLaw 300 [] name

    let rate (x: NormalFloat) = abs x.Get % 1.0

    let least unsolved rates =
        HeldStd.least unsolved { Fast = rates; Slow = rates }

    law "is that of an unsolved task before the first success" (fun (tasks: PositiveInt) ->
        least 0.5 (LearningProgress.start tasks.Get).Fast
        |> Array.forall (fun std -> std = 0.5))

    law "falls where more episodes succeed, and is nothing where a fifth does" (fun a b ->
        let low, high = min (rate a) (rate b), max (rate a) (rate b)

        match least 0.5 [| low; high |] with
        | [| more; less |] ->
            more >= less && (high < 0.2 || less = 0.0) && (low >= 0.2 || more > 0.0)
        | _ -> false)

    testCase "is half where a tenth succeeds" (fun () ->
        (least 0.6 [| 0.1 |])[0] |> isWithin 1e-12 0.3)
]
