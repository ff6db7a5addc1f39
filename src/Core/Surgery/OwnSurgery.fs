namespace MtrlFunctional.Surgery

open System
open MtrlFunctional

/// A method of gradient surgery that a program adds: `agent.surgery.method=own/NAME`.
[<NoEquality; NoComparison>]
type OwnSurgery = {
    Name: string
    /// State before the first update, from the number of tasks. Checkpoints store it.
    Start: int -> SurgeryState
    /// The coefficients of one update, a number for each task of the problem; a pure function.
    Solve: Problem -> SurgeryState -> Solution
    /// Whether the coefficients depend on losses alone: one gradient of the weighted loss does then in place of
    /// a gradient for each task.
    WeighsLosses: bool
} with

    /// A method without state: from a problem to the coefficients of its tasks.
    static member Create(name: string, solve: Func<Problem, float[]>) : OwnSurgery = {
        Name = name
        Start = fun _ -> SurgeryState.empty
        Solve = fun problem state -> Solution.create (solve.Invoke problem) state
        WeighsLosses = false
    }

    /// As `Create`, of coefficients that depend on losses alone, [tasks] each.
    static member OfLosses(name: string, weigh: Func<float[], float[]>) : OwnSurgery = {
        OwnSurgery.Create(name, (fun problem -> weigh.Invoke problem.Losses)) with
            WeighsLosses = true
    }

/// Own methods as the library runs them.
module internal OwnSurgery =
    /// The state before the first update.
    let start surgery tasks =
        OwnPart.call $"own/{surgery.Name}: Start" (fun () -> surgery.Start tasks)

    /// A solution with a finite coefficient for each task. Raises OwnPartException for others.
    let solve surgery (problem: Problem) state =
        let part = $"own/{surgery.Name}: Solve"
        let solution = OwnPart.call part (fun () -> surgery.Solve problem state)

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
            | Some place ->
                OwnPart.refuse
                    part
                    $"returned {solution.Coefficients[place]} as the coefficient of task number {problem.Tasks[place]}; coefficients are finite"
            | None -> solution
