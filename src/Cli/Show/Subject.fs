/// Tasks and benchmarks that can be drawn, by name: of Meta-World, of DeepMind Control, also with the prefix of
/// `env=dmc-walker-walk`, and of the environments of `--with`, also with their word: "own/arm/push".
module MtrlFunctional.Cli.Show.Subject

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training
open MtrlFunctional.Cli.With

type Subject =
    | MetaWorld of MetaWorldTask
    | DmControl of DmControlTask
    /// A task of an environment of `--with`, and its index there.
    | Own of OwnEnvironments * task: string * index: int

let private prefix = "dmc-"

/// All tasks of DeepMind Control as one benchmark.
let dmControl19 = "dmc-19"

/// Name of the task: "reach-v3", "walker-walk".
let name subject =
    match subject with
    | MetaWorld task -> task.Name
    | DmControl task -> DmControlTask.fullName task
    | Own(_, task, _) -> task

/// The largest reward of a step, where it is known.
let maximumReward subject =
    match subject with
    | MetaWorld _ -> Some 10.0
    | DmControl _ -> Some 1.0
    | Own _ -> None

/// The word of `env=` that has environments of `--with`: "own/arm".
let private wordOf (environments: OwnEnvironments) = $"own/{environments.Name}"

/// A name that no other task has: "reach-v3", "own/arm/push".
let fullName subject =
    match subject with
    | Own(environments, task, _) -> $"{wordOf environments}/{task}"
    | other -> name other

/// What a seed determines: "goals", "starts".
let drawn subject =
    match subject with
    | MetaWorld _ -> "goals"
    | DmControl _
    | Own _ -> "starts"

let private dmControlNames =
    DmControlTasks.standard
    |> List.map DmControlTask.fullName
    |> List.collect (fun name -> [ name; prefix + name ])
    |> fun names -> dmControl19 :: names

/// Names of single tasks: "reach", "walker-walk".
let tasks () =
    TaskNames.withoutVersion @ TaskNames.dmControl

/// Tasks of the environments of `--with`, with their words.
let private own () = [
    for environments in Given.extensions().Environments do
        use family = environments.Make()

        for index, task in Seq.indexed family.Tasks do
            wordOf environments, Own(environments, task.Name, index)
]

/// Raises MtrlException where several tasks have the name.
let private requireOne given (found: (string * Subject) list) =
    let refuse why = refuse $"{given}: {why}"

    match found |> List.map fst |> List.distinct with
    | [ environments ] when found.Length > 1 ->
        refuse $"{environments} has {found.Length} tasks of this name. Give each a name of its own."
    | environments when environments.Length > 1 ->
        let names = environments |> List.map (fun word -> $"{word}/{given}")

        refuse
            $"""is a task of {String.concat " and of " environments}. Write {String.concat " or " names}."""
    | _ -> ()

let private ofLibrary (given: string) : Result<Subject list, string> =
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

/// The tasks of a name, or a message with the nearest names. Tasks of `--with` come before tasks of the library. Raises
/// MtrlException where environments of `--with` have several tasks of the name.
let find (given: string) : Result<Subject list, string> =
    let own = own ()

    let named =
        own
        |> List.filter (fun (_, subject) -> name subject = given || fullName subject = given)

    requireOne given named

    match named @ List.filter (fst >> (=) given) own with
    | [] ->
        ofLibrary given
        |> Result.mapError (fun message ->
            match
                Nearest.hint
                    [
                        for word, subject in own do
                            yield! [ word; name subject; fullName subject ]
                    ]
                    given
            with
            | "" -> message
            | near -> $"{given}: no such task.{near}")
    | found -> Ok(List.map snd found)

/// Plays tasks of one family together: in Meta-World their scripted experts, in others random actions.
let rollout (seed: uint32) (subjects: Subject list) =
    let each pick = List.choose pick subjects

    match subjects.Head with
    | Own(environments, _, _) ->
        let indices =
            each (function
                | Own(_, _, index) -> Some index
                | _ -> None)

        Rollout.OfRandomActions(environments.Make(), int64 seed, Array.ofList indices)
    | DmControl _ ->
        let tasks =
            each (function
                | DmControl task -> Some task
                | _ -> None)

        let options = DmControlFamilyOptions(Tasks = ResizeArray tasks)
        Rollout.OfRandomActions(new DmControlFamily(options), int64 seed)
    | MetaWorld _ ->
        let tasks =
            each (function
                | MetaWorld task -> Some task
                | _ -> None)

        Rollout.OfExperts(MetaWorldFamily.OfTasks(tasks, seed))
