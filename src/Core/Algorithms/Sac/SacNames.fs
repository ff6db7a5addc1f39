/// States of soft actor-critic as named tensors (`NamedTensors` says which names); "fixed/…" is what
/// nothing trains, "surgery/…" what surgery remembers.
///
/// Reading order: Part → toNamed → ofNamed, which undoes it.
module internal Mtrl.Algorithms.SacNames

open Mtrl.Tensors
open MtrlFunctional.Tensors

let private trainedParts (agent: SacAgent) =
    let logAlpha = Parameter.perTask "" agent.Config.Tasks [] Zeros

    [
        "actor", agent.ActorLayout
        "critic", agent.CriticLayout
        "log_alpha", Layout.create [ logAlpha ]
        "task_encoder", agent.TaskEncoderLayout
    ]

let private plainParts (agent: SacAgent) = [
    "critic_target", agent.CriticLayout
    "fixed", agent.FixedLayout
]

/// Leading names of what surgery remembers, with what it remembers at first.
let private memories (agent: SacAgent) = [
    "surgery/critic", SacSurgery.start agent.Config _.OfCritic
    "surgery/actor", SacSurgery.start agent.Config _.OfActor
]

/// The tensors of a state by name. They are views: valid as long as the state.
[<CompiledName("ToNamed")>]
let toNamed agent (state: SacState) : (string * Tensor) list =
    let trained = [ state.Actor; state.Critic; state.LogAlpha; state.TaskEncoder ]

    [
        for (name, layout), part in List.zip (trainedParts agent) trained do
            yield! NamedTensors.ofTrained name layout part
        for (name, layout), part in List.zip (plainParts agent) [ state.Target; state.Fixed ] do
            yield! NamedTensors.ofVector name layout part
        for (place, _), memory in
            List.zip (memories agent) [ state.CriticSurgery; state.ActorSurgery ] do
            yield! Memories.toNamed place memory
    ]

/// The state that was named; or every name that is missing or has another shape. The numbers are
/// copied to `place`.
[<CompiledName("OfNamed")>]
let ofNamed agent place (find: string -> Tensor option) : Result<SacState, string list> =
    let faults = [
        for part in trainedParts agent do
            yield! NamedTensors.faultsOfTrained find part
        for part in plainParts agent do
            yield! NamedTensors.faultsOfVector find part
        for memory in memories agent do
            yield! Memories.faults find memory
    ]

    match faults, trainedParts agent, plainParts agent with
    | [], [ actor; critic; logAlpha; taskEncoder ], [ target; fixedPart ] ->
        let trained = NamedTensors.trained place find

        Ok(
            Tensors.scope SacState.owns (fun () -> {
                Actor = trained actor
                Critic = trained critic
                Target = NamedTensors.vector place find target
                LogAlpha = trained logAlpha
                TaskEncoder = trained taskEncoder
                Fixed = NamedTensors.vector place find fixedPart
                CriticSurgery = Memories.ofNamed find (List.head (memories agent))
                ActorSurgery = Memories.ofNamed find (List.last (memories agent))
            })
        )
    | faults, _, _ -> Error faults
