/// A state of separate networks as one state for each task, and back: every parameter has the task
/// as its leading dimension.
///
/// Reading order: alone → take → join, which undoes it.
module Mtrl.Algorithms.SacTasks

open Mtrl.Tensors
open MtrlFunctional.Tensors

/// The agent of a single task.
let alone (agent: SacAgent) : SacAgent =
    SacAgent.create agent.Shards { agent.Config with Tasks = 1 }

let private temperatures (agent: SacAgent) =
    Layout.create [ Parameter.perTask "" agent.Config.Tasks [] Zeros ]

/// The state whose parameters are made, one by one, from those of states of `agent`.
let private combine agent (make: Tensor[] -> Tensor) (states: SacState list) : SacState =
    let first = List.head states

    let vector layout (part: SacState -> Tensor) =
        if List.isEmpty layout.Slots then
            part first
        else
            let views = states |> List.map (part >> Layout.views layout) |> List.toArray
            Layout.flatten layout (fun p -> views |> Array.map (fun each -> each[p.Path]) |> make)

    let trained layout (part: SacState -> Trained) : Trained = {
        Values = vector layout (part >> _.Values)
        First = vector layout (part >> _.First)
        Second = vector layout (part >> _.Second)
        Steps = (part first).Steps
    }

    {
        first with
            Actor = trained agent.ActorLayout _.Actor
            Critic = trained agent.CriticLayout _.Critic
            Target = vector agent.CriticLayout _.Target
            LogAlpha = trained (temperatures agent) _.LogAlpha
            Fixed = vector agent.FixedLayout _.Fixed
    }

/// The state of one task's agent.
let take (agent: SacAgent) task (state: SacState) =
    combine agent (fun views -> Ops.Narrow(views[0], 0L, int64 task, 1L)) [ state ]

/// The state of all of them. They have taken as many steps.
let join (alone: SacAgent) (states: SacState list) =
    combine alone (fun views -> Ops.Cat(views, 0L)) states
