/// The tasks of DeepMind Control.
module MtrlFunctional.Tasks.DmControl.DmControlTasks

open MtrlFunctional

/// The tasks that the multi-task experiments use, by domain.
[<CompiledName("Standard")>]
let standard = [
    Acrobot.swingup
    Acrobot.swingupSparse
    BallInCup.catch
    CartPole.balance
    CartPole.balanceSparse
    CartPole.swingup
    CartPole.swingupSparse
    Pendulum.swingup
    Reacher.easy
    Reacher.hard
]

/// All tasks: the standard ones, then longer chains of poles.
[<CompiledName("All")>]
let all = standard @ [ CartPole.twoPoles; CartPole.threePoles ]

/// The task of a full name, or a message with the nearest names.
[<CompiledName("Find")>]
let find name =
    match all |> List.tryFind (fun task -> DmControlTask.fullName task = name) with
    | Some task -> Ok task
    | None ->
        let names = all |> List.map DmControlTask.fullName
        Error $"'{name}' is not a task of DeepMind Control.{Nearest.hint names name}"
