namespace MtrlFunctional.Training

/// σ of a task's policy, which is held up while the task is unsolved.
///
/// On a plateau of the reward just before a success the gradient lowers σ, since noise costs reward there, and the success is
/// never met. A task without success keeps a σ that meets it; with the first successes the bound falls.
module HeldStd =
    /// The success rate from which on nothing is held.
    [<Literal>]
    let private Released = 0.2

    /// Least σ of each task, from `unsolved` where no episode succeeds down to 0 where a fifth of them does: [tasks]. Success rates
    /// are exponential averages over about ten iterations.
    [<CompiledName("Least")>]
    let least unsolved (progress: LearningProgress) =
        progress.Fast
        |> Array.map (fun success -> unsolved * max 0.0 (1.0 - success / Released))
