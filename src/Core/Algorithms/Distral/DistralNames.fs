/// States of Distral as named tensors (`NamedTensors` says which names): those of the agents as in
/// `SacNames`, and "distilled/…".
module internal Mtrl.Algorithms.DistralNames

open Mtrl.Tensors
open MtrlFunctional.Tensors

let private distilled (agent: DistralAgent) = "distilled", agent.DistilledLayout

/// The tensors of a state by name. They are views: valid as long as the state.
[<CompiledName("ToNamed")>]
let toNamed (agent: DistralAgent) (state: DistralState) : (string * Tensor) list =
    let name, layout = distilled agent

    SacNames.toNamed agent.Agents state.Agents
    @ NamedTensors.ofTrained name layout state.Distilled

/// The state that was named; or every name that is missing or has another shape. The numbers are
/// copied to `place`.
[<CompiledName("OfNamed")>]
let ofNamed (agent: DistralAgent) place find : Result<DistralState, string list> =
    match
        SacNames.ofNamed agent.Agents place find,
        NamedTensors.faultsOfTrained find (distilled agent)
    with
    | Ok agents, [] ->
        Ok {
            Agents = agents
            Distilled =
                Tensors.scope (Trained.owns >> Seq.ofList) (fun () ->
                    NamedTensors.trained place find (distilled agent))
        }
    | Ok agents, faults ->
        for tensor in SacState.owns agents do
            tensor.Dispose()

        Error faults
    | Error others, faults -> Error(others @ faults)
