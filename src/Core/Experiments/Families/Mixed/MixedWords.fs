/// Tasks of Meta-World, DeepMind Control and the classic families in one policy.
module internal MtrlFunctional.Experiments.MixedWords

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld

let private spacesOf classic horizon (name: string) =
    let isOf family =
        name = family || name.StartsWith(family + "-")

    match DmControlTasks.find name, List.tryFind (fst >> isOf) Classic.names with
    | Ok task, _ -> { Embodiment = task.Domain.Model; Spec = DmControlTask.spec 1 horizon [ task ] }
    | Error _, Some(word, family) -> {
        Embodiment = word
        Spec = ClassicWords.spec family classic horizon
      }
    | Error _, None -> { Embodiment = "sawyer"; Spec = MetaWorldSpaces.spec horizon }

let private ownSpaces classic horizon tasks =
    let names = List.map TaskNames.tryMixed tasks

    if List.forall Option.isSome names then
        Some [ for name in List.choose id names -> name, spacesOf classic horizon name ]
    else
        None

let private family = {
    EnvFamily.Of "mixed" with
        TaskCodec = TaskNames.mixedCodec
        Spec =
            fun classic _ horizon tasks ->
                ownSpaces classic horizon tasks
                |> Option.map (List.map (fun (name, spaces) -> name, spaces.Spec))
                |> Option.bind (MixedSpaces.join >> Result.toOption)
        OwnSpaces = ownSpaces
        DefinesSuccess =
            fun classic task ->
                match TaskNames.tryClassic task with
                | Some family -> Classic.definesSuccess family classic.Parameters
                | None -> not (TaskNames.isDmControl task)
        NoTasks = "Of Meta-World and DeepMind Control: env.tasks=[reach,dmc-walker-walk]"
        Accepts = ClassicKeys.all @ DmControlKeys.ofMixed
        ReadByOthers =
            fun tasks ->
                let here = tasks |> List.choose TaskNames.tryClassic |> ClassicKeys.readBy
                List.except here ClassicKeys.all
        Unused = [ "env.benchmark.env_name", "env.tasks" ]
        Defaults = [ "env.reward_normalization", Value.Text "running" ]
        HasStates = TaskNames.tryClassic >> Option.isSome
        Joins = true
}

/// Whole episodes of all: Meta-World's, and 1,000 control steps with two for each action.
let private create name about (tasks: string list) = {
    EnvChoice.Of(name, about, family, MetaWorldSpaces.horizon, tasks) with
        Count = max 1 tasks.Length
}

let words = [
    create "mixed" "tasks of Meta-World and DeepMind Control in one policy, env.tasks" []

    create
        "mixed-mt10-dmc5"
        "MT10 and five tasks of DeepMind Control in one policy"
        TaskNames.mt10Dmc5
]
