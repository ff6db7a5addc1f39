/// The tasks of Meta-World's benchmarks, by name.
///
/// Order: as in mtrl's task descriptions; task indices, heads and rows of embeddings follow
/// it. Names carry the version of the scenes, v3; other spellings are understood (`TaskName.metaWorld`).
module MtrlFunctional.Experiments.TaskNames

open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld

let private benchmark name =
    Benchmarks.benchmarks |> List.find (fun benchmark -> benchmark.Name = name)

/// The tasks of MT10 and MT25 and those that ML10, ML25 and ML45 train on: in Meta-World's order.
let internal train name = (benchmark name).Train

/// MT10.
let mt10 = train "MT10"

/// MT50: MT10 first.
[<CompiledName("Mt50")>]
let mt50 =
    mt10
    @ Benchmarks.named
        "door-close reach-wall pick-place-wall push-wall button-press button-press-topdown-wall
         button-press-wall peg-unplug-side disassemble hammer plate-slide plate-slide-side
         plate-slide-back plate-slide-back-side handle-press handle-pull handle-press-side
         handle-pull-side stick-push stick-pull basketball soccer faucet-open faucet-close
         coffee-push coffee-pull coffee-button sweep sweep-into pick-out-of-hole assembly
         shelf-place push-back lever-pull dial-turn bin-picking box-close hand-insert door-lock
         door-unlock"

/// The tasks that ML10, ML25 and ML45 keep for testing.
let internal test name = (benchmark name).Test

/// The tasks of MT50 without the version: "reach".
let withoutVersion =
    mt50 |> List.map (fun name -> name.Substring(0, name.Length - 3))

/// The tasks of DeepMind Control: "walker-walk".
let dmControl = DmControlTasks.standard |> List.map DmControlTask.fullName

/// Whether a task is one of DeepMind Control.
let isDmControl name = (DmControlTasks.find name).IsOk

/// The classic family of which a name is the task without an index: "cartpole".
let internal tryClassic name =
    Classic.names |> List.tryFind (fst >> (=) name) |> Option.map snd

/// MT10, and five tasks of DeepMind Control.
let internal mt10Dmc5 =
    mt10
    @ [
        "cartpole-balance"
        "cartpole-swingup"
        "reacher-easy"
        "finger-spin"
        "walker-walk"
    ]

/// The full name of a task of Meta-World, if there is one.
let internal tryMetaWorld (name: string) =
    let full = TaskName.metaWorld name
    mt50 |> List.tryFind ((=) full)

/// Whether a task is one of Meta-World, by its full name or another.
let isMetaWorld name = (tryMetaWorld name).IsSome

/// The full name of a task of any family, if there is one.
let internal tryTask name =
    match tryMetaWorld name with
    | None when isDmControl name || Classic.isTask name -> Some name
    | found -> found

/// A task by any of its names.
let internal taskCodec = {
    Codec.name with
        Allowed =
            "a task of Meta-World (mtrl list tasks), of DeepMind Control or of a classic family (mtrl list envs)"
        Names = withoutVersion @ mt50 @ dmControl @ List.map fst Classic.names
        Read = Codec.name.Read >> Option.bind tryTask
}

/// The full name of a task by any of its names, or by the word of its environment: "dmc-walker-walk", "mt-cartpole".
let internal tryMixed (name: string) =
    if name.StartsWith "dmc-" && isDmControl (name.Substring 4) then
        Some(name.Substring 4)
    elif name.StartsWith "mt-" && Classic.isTask (name.Substring 3) then
        Some(name.Substring 3)
    else
        tryTask name

/// A task by any of its names, or by the word of its environment.
let internal mixedCodec = {
    taskCodec with
        Names =
            taskCodec.Names
            @ List.map (sprintf "dmc-%s") dmControl
            @ List.map (fst >> sprintf "mt-%s") Classic.names
        Read = Codec.name.Read >> Option.bind tryMixed
}
