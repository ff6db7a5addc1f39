namespace MtrlFunctional.Surgery

open System

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
    /// A solution with a coefficient for each task.
    let solve surgery (problem: Problem) state =
        let solution = surgery.Solve problem state

        if solution.Coefficients.Length = problem.Tasks.Length then
            solution
        else
            invalidOp
                $"own/{surgery.Name}: returned {solution.Coefficients.Length} coefficients for {problem.Tasks.Length} tasks."
