/// States of soft actor-critic, and of algorithms that build on it, as named tensors (`NamedTensors` has the names):
/// part by part, below the name of the part.
///
/// Reading order: toNamed → ofNamed, which undoes it.
module MtrlFunctional.Algorithms.SacCheckpoint

open MtrlFunctional.Tensors

/// The tensors of a state by name. They are views: valid as long as the state.
[<CompiledName("ToNamed")>]
let toNamed (agent: SacAgent) (state: SacState) : (string * Tensor) list = [
    for { Name = name; Layout = layout } in agent.Parts do
        match state.Parts[name] with
        | PartContent.Trained trained -> yield! NamedTensors.ofAdamState name layout trained
        | PartContent.Moments moments -> yield! NamedTensors.ofMoments name layout moments
        | PartContent.Plain vector -> yield! NamedTensors.ofVector name layout vector
        | PartContent.Memory memory -> yield! SurgeryCheckpoint.toNamed name memory
]

let private faults find { Name = name; Layout = layout; Role = role } =
    match role with
    | PartRole.Trained -> NamedTensors.faultsOfAdamState find (name, layout)
    | PartRole.Optimiser _ -> NamedTensors.faultsOfMoments find (name, layout)
    | PartRole.Target _
    | PartRole.Fixed
    | PartRole.Inferred -> NamedTensors.faultsOfVector find (name, layout)
    | PartRole.Memory start -> SurgeryCheckpoint.faults find (name, start)

/// The content of a part without faults.
let private content place find { Name = name; Layout = layout; Role = role } =
    match role with
    | PartRole.Trained -> PartContent.Trained(NamedTensors.adamState place find (name, layout))
    | PartRole.Optimiser _ -> PartContent.Moments(NamedTensors.moments place find (name, layout))
    | PartRole.Target _
    | PartRole.Fixed
    | PartRole.Inferred -> PartContent.Plain(NamedTensors.vector place find (name, layout))
    | PartRole.Memory start -> PartContent.Memory(SurgeryCheckpoint.ofNamed find (name, start))

/// The state of named tensors; or every name that is missing or has another shape. The numbers are
/// copied to `place`.
[<CompiledName("OfNamed")>]
let ofNamed
    (agent: SacAgent)
    place
    (find: string -> Tensor option)
    : Result<SacState, string list> =
    match agent.Parts |> List.collect (faults find) with
    | [] -> Ok(Tensors.scope SacState.owns (fun () -> SacState.ofParts agent (content place find)))
    | faults -> Error faults
