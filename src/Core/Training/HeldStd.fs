namespace MtrlFunctional.Training

/// A lower bound of the σ of each task while few of its episodes succeed.
///
/// On a plateau of the reward just before a success, noise lowers the reward, so that the gradient lowers σ and the
/// success is never reached. The bound keeps σ large for a task without success and falls with its success rate.
module HeldStd =
    /// The success rate from which the bound is 0.
    [<Literal>]
    let private Released = 0.2

    /// The bound of each task, [tasks]: `unsolved` where no episode succeeds, falling linearly to 0 at a success rate
    /// of 0.2. Success rates are exponential averages over about ten iterations.
    [<CompiledName("Least")>]
    let least unsolved (progress: LearningProgress) =
        progress.Fast
        |> Array.map (fun success -> unsolved * max 0.0 (1.0 - success / Released))
