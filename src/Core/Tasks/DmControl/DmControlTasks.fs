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
    Cheetah.run
    Finger.spin
    Finger.turnEasy
    Finger.turnHard
    Hopper.stand
    Hopper.hop
    Pendulum.swingup
    Reacher.easy
    Reacher.hard
    Walker.stand
    Walker.walk
    Walker.run
]

/// All tasks: the standard ones, then longer chains of poles.
[<CompiledName("All")>]
let internal all = standard @ [ CartPole.twoPoles; CartPole.threePoles ]

/// A task on the models of a family of variants, in the order 1 to 10.
[<CompiledName("Variants")>]
let variants variation task = [
    for index in 1 .. Variation.count do
        Variation.apply variation index task
]

/// Each family of variants with its task: MTEnv's; for the cart-pole, `swingup`.
let internal families = [
    for variation in Variations.all ->
        variation,
        match variation.Domain with
        | "finger" -> Finger.spin
        | "cheetah" -> Cheetah.run
        | "walker" -> Walker.walk
        | _ -> CartPole.swingup
]

let private byName =
    lazy
        (all
         @ [
             for task in standard do
                 for variation in Variations.all do
                     if variation.Domain = task.Domain.Model then
                         yield! variants variation task
         ]
         |> List.map (fun task -> DmControlTask.fullName task, task)
         |> Map)

/// The task of a full name, also of a variant ("finger-spin-size-3"), or a message with the nearest names.
[<CompiledName("Find")>]
let find name =
    match byName.Value |> Map.tryFind name with
    | Some task -> Ok task
    | None ->
        Error $"'{name}' is not a task of DeepMind Control.{Nearest.hint byName.Value.Keys name}"
