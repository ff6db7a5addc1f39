/// A state of separate networks as one state for each task, and back: every parameter that belongs to tasks has the
/// task as its leading dimension. Parts that tasks share stay whole.
///
/// Reading order: alone → take → join, which undoes it.
module MtrlFunctional.Algorithms.SacTasks

open MtrlFunctional.Tensors

/// The agent of a single task, without parts of algorithms that build on soft actor-critic.
let alone (agent: SacAgent) : SacAgent =
    SacAgent.create agent.Shards { agent.Config with Tasks = 1 }

/// The state whose parameters are made, one by one, from the parameters of states of `agent`. Shared parts are taken
/// from the first state.
let private combine
    (agent: SacAgent)
    (make: Tensor[] -> Tensor)
    (states: SacState list)
    : SacState =
    let vector layout (vectors: Tensor list) =
        if Sharing.ownCount layout = 0L then
            List.head vectors
        else
            let views = vectors |> List.map (Layout.views layout) |> List.toArray

            Layout.flatten layout (fun p ->
                if p.PerTask then
                    views |> Array.map (fun each -> each[p.Path]) |> make
                else
                    views[0][p.Path])

    SacState.ofParts agent (fun part ->
        states
        |> List.map (fun state -> state.Parts[part.Name])
        |> PartContent.combine (vector part.Layout))

/// The state of one task's agent.
let take (agent: SacAgent) task (state: SacState) =
    combine agent (fun views -> Tensor.narrow 0 (int64 task) 1L views[0]) [ state ]

/// The state of all tasks' agents, which must have taken equally many steps.
let join (alone: SacAgent) (states: SacState list) =
    combine alone (fun views -> Tensor.cat 0 views) states
