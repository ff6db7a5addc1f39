/// Methods that a program adds to the library's, as the library runs them.
module internal MtrlFunctional.Surgery.AddedMethod

open System
open MtrlFunctional
open MtrlFunctional.Experiments

let private checkedSolution part (problem: Problem) (solution: Solution) =
    if isNull (box solution.Coefficients) then
        OwnPart.refuse part "returned null in the place of coefficients"
    elif solution.Coefficients.Length <> problem.Tasks.Length then
        OwnPart.refuse
            part
            $"returned {solution.Coefficients.Length} coefficients for {problem.Tasks.Length} tasks"
    elif isNull (box solution.State) then
        OwnPart.refuse part "returned null in the place of its state"
    else
        match Array.tryFindIndex (Double.IsFinite >> not) solution.Coefficients with
        | Some i ->
            OwnPart.refuse
                part
                $"returned {solution.Coefficients[i]} as the coefficient of task number {problem.Tasks[i]}; coefficients are finite"
        | None -> solution

/// Surgery whose functions may fail. Raises OwnPartException where one does, or returns what is no answer.
let rec private guardedSurgery name (surgery: Surgery) : Surgery =
    let part function' = $"method {name}: {function'}"

    let call function' run = OwnPart.call (part function') run

    {
        surgery with
            Start = fun tasks -> call "Start" (fun () -> surgery.Start tasks)
            Solve =
                fun problem state ->
                    match call "Solve" (fun () -> surgery.Solve problem state) with
                    | Combination solution ->
                        Combination(checkedSolution (part "Solve") problem solution)
                    | Elementwise direct ->
                        Elementwise(fun rows -> call "Solve" (fun () -> direct rows))
            Observe =
                surgery.Observe
                |> Option.map (fun observe losses state ->
                    call "Observe" (fun () -> observe losses state))
            OfSignedLosses = surgery.OfSignedLosses |> Option.map (guardedSurgery name)
    }

let private withChoice change (method': Method) : Method =
    let schema = method'.Keys.Schema

    {
        method' with
            Keys = { Schema = { schema with Read = schema.Read >> Result.map change } }
    }

/// The method with a name of its own in messages about what it returns.
let guarded (method': Method) : Method =
    method'
    |> withChoice (fun choice -> {
        choice with
            Surgery =
                choice.Surgery
                |> Option.map (fun make behaviour tasks ->
                    guardedSurgery method'.Name (make behaviour tasks))
    })

/// Surgery without the method: greedy actions need no more than its empty state.
let missing name : Surgery =
    Surgery.Of(fun _ _ -> invalidOp $"{name}: no extension of this name was given.")

/// The method of a stored configuration that is read without the program that has it.
let notGiven name : Method =
    Method.Of(name, "not given", missing name)
    |> withChoice (fun choice -> { choice with Surgery = None })
