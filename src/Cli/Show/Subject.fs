/// Tasks and benchmarks that can be drawn, by name: those of Meta-World, and those of DeepMind
/// Control, also with the prefix of `env=dmc-walker-walk`.
module MtrlFunctional.Cli.Show.Subject

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training

/// A task to draw.
type Subject =
    | MetaWorld of MetaWorldTask
    | DmControl of DmControlTask

let private prefix = "dmc-"

/// All tasks of DeepMind Control as one benchmark.
let dmControl19 = "dmc-19"

/// Name of the task: "reach-v3", "walker-walk".
let name subject =
    match subject with
    | MetaWorld task -> task.Name
    | DmControl task -> DmControlTask.fullName task

/// The largest reward of a step.
let maximumReward subject =
    match subject with
    | MetaWorld _ -> 10.0
    | DmControl _ -> 1.0

/// What a seed determines: "goals", "starts".
let drawn subject =
    match subject with
    | MetaWorld _ -> "goals"
    | DmControl _ -> "starts"

let private dmControlNames =
    DmControlTasks.standard
    |> List.map DmControlTask.fullName
    |> List.collect (fun name -> [ name; prefix + name ])
    |> fun names -> dmControl19 :: names

/// Names of single tasks: "reach", "walker-walk".
let tasks () =
    TaskNames.withoutVersion @ TaskNames.dmControl

/// The tasks of a name, or a message with the nearest names.
let find (given: string) : Result<Subject list, string> =
    let task =
        if given.StartsWith(prefix, StringComparison.Ordinal) then
            given.Substring prefix.Length
        else
            given

    match DmControlTasks.find task with
    | Ok task -> Ok [ DmControl task ]
    | Error _ when given = dmControl19 -> Ok(DmControlTasks.standard |> List.map DmControl)
    | Error _ when task <> given ->
        Error $"{given}: no such task.{Nearest.hint dmControlNames given}"
    | Error _ ->
        match Suites.find given with
        | Ok suite -> Ok(suite.Tasks |> List.map MetaWorld)
        | Error message when message.Contains "Nearest" -> Error message
        | Error message -> Error(message + Nearest.hint dmControlNames given)

/// Plays tasks of one kind together: the scripted experts of Meta-World, random actions in
/// DeepMind Control.
let rollout (seed: uint32) (subjects: Subject list) =
    let metaWorld =
        subjects
        |> List.choose (function
            | MetaWorld task -> Some task
            | DmControl _ -> None)

    if metaWorld.IsEmpty then
        let tasks =
            subjects
            |> List.choose (function
                | DmControl task -> Some task
                | MetaWorld _ -> None)

        let options = DmControlFamilyOptions(Tasks = ResizeArray tasks)
        Rollout.OfRandomActions(new DmControlFamily(options), int64 seed)
    else
        Rollout.OfExperts(MetaWorldFamily.OfTasks(metaWorld, seed))
