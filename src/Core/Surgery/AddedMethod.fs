/// Methods that a program adds to the library's, as the library runs them.
module internal MtrlFunctional.Surgery.AddedMethod

open System
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Tensors

let private refuseNull part what value =
    if isNull (box value) then
        OwnPart.refuse part $"returned null in the place of {what}"

/// The arrays of a state by name, with their lengths.
let private form state = [
    for name, numbers in SurgeryState.toArrays state ->
        name, (if isNull (box numbers) then 0 else numbers.Length)
]

let private show form =
    match form with
    | [] -> "no array"
    | arrays -> String.Join(", ", [ for name, length in arrays -> $"{name} [{length}]" ])

/// A state before the first update: a number for each task, or for each pair of tasks, in each array.
let private checkedStart part tasks (state: SurgeryState) =
    let wanted = [
        for name, _ in form state ->
            name, (if SurgeryState.isOfPairs name then tasks * tasks else tasks)
    ]

    if form state <> wanted then
        OwnPart.refuse
            part
            $"returned {show (form state)}; for {tasks} tasks it must be {show wanted}"

    state

/// A state after an update, with the arrays of the one before.
let private checkedState part (before: SurgeryState) (state: SurgeryState) =
    refuseNull part "its state" state

    if form state <> form before then
        OwnPart.refuse
            part
            $"returned a state with {show (form state)}; it got {show (form before)}, and the names and lengths of arrays are those that Start gave"

    state

let private checkedDirection part (rows: Tensor) (direction: Tensor) =
    if Tensor.shape direction <> [| Tensor.size 1 rows |] then
        OwnPart.refuse
            part
            $"""returned a direction of shape [{String.Join("; ", Tensor.shape direction)}]; it must be [{Tensor.size 1 rows}]"""

    direction

let private checkedSolution part (problem: Problem) state (solution: Solution) =
    refuseNull part "coefficients" solution.Coefficients

    if solution.Coefficients.Length <> problem.Tasks.Length then
        OwnPart.refuse
            part
            $"returned {solution.Coefficients.Length} coefficients for {problem.Tasks.Length} tasks"

    for task, coefficient in Array.zip problem.Tasks solution.Coefficients do
        if not (Double.IsFinite coefficient) then
            OwnPart.refuse
                part
                $"returned {coefficient} as the coefficient of task number {task}; coefficients are finite"

    { solution with State = checkedState part state solution.State }

/// Surgery whose functions may fail. Raises OwnPartException where one does, or returns what is no answer.
let rec guardedSurgery name (surgery: Surgery) : Surgery =
    let part function' = $"method {name}: {function'}"

    let call function' run = OwnPart.call (part function') run

    {
        surgery with
            Start =
                fun tasks ->
                    call "Start" (fun () -> surgery.Start tasks)
                    |> checkedStart (part "Start") tasks
            Solve =
                fun problem state ->
                    match call "Solve" (fun () -> surgery.Solve problem state) with
                    | Combination solution ->
                        Combination(checkedSolution (part "Solve") problem state solution)
                    | Elementwise direct ->
                        Elementwise(fun rows ->
                            call "Solve" (fun () -> direct rows)
                            |> checkedDirection (part "Solve") rows)
            Observe =
                surgery.Observe
                |> Option.map (fun observe losses state ->
                    call "Observe" (fun () -> observe losses state)
                    |> checkedState (part "Observe") state)
            OfSignedLosses = surgery.OfSignedLosses |> Option.map (guardedSurgery name)
    }

let private withChoice change (method': Method) : Method = {
    method' with
        Method.Keys.Read = method'.Keys.Read >> Result.map change
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
