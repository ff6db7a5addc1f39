module MtrlFunctional.Tests.Surgery.AddedMethodTests

open Expecto
open MtrlFunctional
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Tests

/// What a method of a program returns besides coefficients; of two tasks, with gradients of three numbers.
let ``a method of a program`` = [
    let state name (numbers: float[]) =
        SurgeryState.withTask name numbers SurgeryState.empty

    let equal next : Surgery =
        Surgery.Of(fun problem _ -> Solution.create (Simplex.middle problem.Gram.Size) next)

    let sound = {
        equal (state "w" [| 1.0; 2.0 |]) with
            Start = fun _ -> state "w" [| 0.0; 0.0 |]
    }

    let gradients =
        TaskGradients.create (Tensor.ofDoubles [| 2L; 3L |] (Array.init 6 float)) [| 1.0; 2.0 |]

    /// The method as the library runs it, in one update.
    let combined (surgery: Surgery) =
        let surgery = AddedMethod.guardedSurgery "mine" surgery
        Surgery.combine surgery gradients (Key.ofSeed 0L) (surgery.Start 2)

    testCase "keeps its state" (fun () ->
        (combined sound).State |> SurgeryState.perTask "w" |> equals [| 1.0; 2.0 |])

    testTheory "is refused by name with" [
        "a start of another length",
        { sound with Start = fun _ -> state "w" [| 0.0 |] },
        "method mine: Start returned task/w [1]; for 2 tasks it must be task/w [2]."
        "a start of pairs that has a number for each task",
        {
            sound with
                Start = fun _ -> SurgeryState.withPair "p" [| 0.0; 0.0 |] SurgeryState.empty
        },
        "method mine: Start returned pair/p [2]; for 2 tasks it must be pair/p [4]."
        "a state without its array",
        { sound with Solve = (equal SurgeryState.empty).Solve },
        "method mine: Solve returned a state with no array; it got task/w [2]"
        "a state with a new array",
        {
            sound with
                Solve =
                    (equal (state "w" [| 0.0; 0.0 |] |> SurgeryState.withTask "v" [| 0.0; 0.0 |]))
                        .Solve
        },
        "method mine: Solve returned a state with task/v [2], task/w [2]; it got task/w [2]"
        "a direction of another shape",
        { sound with Solve = fun _ _ -> Elementwise(Tensor.narrow 0 0L 1L) },
        "method mine: Solve returned a direction of shape [1; 3]; it must be [3]."
    ]
    <| fun (_, surgery, message) ->
        try
            combined surgery |> ignore
            failtest "nothing was refused"
        with :? OwnPartException as refused ->
            refused.Message |> startsWith message
]
