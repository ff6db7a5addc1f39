/// States as named tensors, for checkpoints that people can read: "actor/trunk/0/weight" is a
/// parameter, "optimizer/actor/first/trunk/0/weight" and "…/second/…" are what Adam remembers of
/// it, "optimizer/actor/steps" is how many steps it took, and "fixed/…" is what nothing trains.
///
/// Reading order: Part → toNamed → ofNamed, which undoes it.
module Mtrl.Algorithms.SacNames

open Mtrl.Tensors
open MtrlFunctional.Tensors

let private trainedParts (agent: SacAgent) =
    let logAlpha = { Path = ""; Shape = [ int64 agent.Config.Tasks ]; Start = Zeros }

    [
        "actor", agent.ActorLayout
        "critic", agent.CriticLayout
        "log_alpha", Layout.create [ logAlpha ]
        "task_encoder", agent.TaskEncoderLayout
    ]

/// Leading names of the vectors of a state, with their layouts.
let private vectors agent = [
    for name, layout in trainedParts agent do
        name, layout
        $"optimizer/{name}/first", layout
        $"optimizer/{name}/second", layout
    "critic_target", agent.CriticLayout
    "fixed", agent.FixedLayout
]

let private stepsName part = $"optimizer/{part}/steps"

/// The tensors of a state by name. They are views: valid as long as the state.
[<CompiledName("ToNamed")>]
let toNamed agent (state: SacState) : (string * Tensor) list =
    let parts =
        List.zip (trainedParts agent) [
            state.Actor
            state.Critic
            state.LogAlpha
            state.TaskEncoder
        ]

    let named name layout vector = [
        for KeyValue(path, view) in Layout.views layout vector -> Parameter.join name path, view
    ]

    [
        for (name, layout), trained in parts do
            yield! named name layout trained.Values
            yield! named $"optimizer/{name}/first" layout trained.First
            yield! named $"optimizer/{name}/second" layout trained.Second
            stepsName name, Ops.FromLongs([| trained.Steps |], [||])
        yield! named "critic_target" agent.CriticLayout state.Target
        yield! named "fixed" agent.FixedLayout state.Fixed
    ]

let private show (shape: seq<int64>) =
    let sizes = shape |> Seq.map string |> String.concat "; "
    $"[{sizes}]"

/// What keeps a set of tensors from being a state of this agent.
let private faults agent (find: string -> Tensor option) = [
    let fault name shape =
        match find name with
        | None -> Some $"{name}: missing."
        | Some tensor when List.ofArray (Ops.Shape tensor) <> shape ->
            Some
                $"{name} is {show (Ops.Shape tensor)} in the checkpoint, {show shape} in the network."
        | Some _ -> None

    for name, layout in vectors agent do
        for { Parameter = parameter } in layout.Slots do
            yield! fault (Parameter.join name parameter.Path) parameter.Shape |> Option.toList

    for name, _ in trainedParts agent do
        yield! fault (stepsName name) [] |> Option.toList
]

/// The state that was named; or every name that is missing or has another shape. The numbers are
/// copied to `place`.
[<CompiledName("OfNamed")>]
let ofNamed agent place (find: string -> Tensor option) : Result<SacState, string list> =
    let vector name layout =
        let read parameter =
            let tensor = Parameter.join name parameter.Path |> find |> Option.get
            Ops.To(Ops.ToType(tensor, place.Numeric), place.Device)

        if List.isEmpty layout.Slots then
            Draw.constant place 0.0 [| 0L |]
        else
            Layout.flatten layout read

    let trained (name, layout) = {
        Values = vector name layout
        First = vector $"optimizer/{name}/first" layout
        Second = vector $"optimizer/{name}/second" layout
        Steps = stepsName name |> find |> Option.get |> Ops.ToLongs |> Array.head
    }

    match faults agent find, trainedParts agent with
    | [], [ actor; critic; logAlpha; taskEncoder ] ->
        Ok(
            Tensors.scope SacState.owns (fun () -> {
                Actor = trained actor
                Critic = trained critic
                Target = vector "critic_target" agent.CriticLayout
                LogAlpha = trained logAlpha
                TaskEncoder = trained taskEncoder
                Fixed = vector "fixed" agent.FixedLayout
            })
        )
    | faults, _ -> Error faults
