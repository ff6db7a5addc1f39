namespace MtrlFunctional.Experiments

/// `agent.context.method`: what encodings of tasks follow from.
[<RequireQualifiedAccess>]
type ContextMethod =
    /// The index of the task.
    | None
    /// Transitions of the task, in any order.
    | Set
    /// The steps of a trial so far.
    | Gru

/// Losses of an on-policy agent whose gradients may reach an encoder of trials.
[<RequireQualifiedAccess>]
type ContextLoss =
    | Policy
    | Value

/// `agent.context.*`: encodings of tasks that are inferred from what happened in them. The task encoder of
/// `agent.multitask.task_encoder_cfg` then reads transitions.
type ContextKeys = {
    Method: ContextMethod
    /// Most transitions of a task that its encoding is inferred from in an update.
    Transitions: int
    /// They are drawn from so many newest ones of the task.
    Window: int
    /// Share of empty contexts in updates.
    EmptyShare: float
    /// Weight of the divergence from the prior.
    KlWeight: float
    /// Steps between draws of the encodings to explore with.
    ExploreEvery: int
    /// Of trials.
    Memory: MemoryKeys
    Losses: ContextLoss list
}

module internal ContextKeys =
    open Schema

    let path = "agent.context"

    let methods = [
        "none", ContextMethod.None
        "set", ContextMethod.Set
        "gru", ContextMethod.Gru
    ]

    let losses = [ "policy", ContextLoss.Policy; "value", ContextLoss.Value ]

    /// Keys of each method, by its word.
    let ofMethods = [
        "set",
        [ "transitions"; "window"; "empty_share"; "kl_weight"; "explore_every" ]
        |> List.map (fun name -> $"{path}.{name}")

        "gru", $"{path}.losses" :: MemoryKeys.paths path
    ]

    /// Paths without use for agents whose tasks this method infers; none: no method does.
    let ofOthers =
        function
        | Some served -> ofMethods |> List.filter (fst >> (<>) served) |> List.collect snd
        | None -> [ path ]

    let schema =
        record [
            key $"{path}.method" (Codec.oneOf methods) (is ContextMethod.None) _.Method
            <| "what the task encoding follows from: none: the index of the task; set: transitions of the task, as in PEARL; gru: the steps of a trial so far, as in RL². Ours, as all keys of agent.context"

            key $"{path}.transitions" (Codec.int 1 100_000) (is 64) _.Transitions
            <| "most transitions of a task that its encoding is inferred from in an update"

            key $"{path}.window" (Codec.int 1 1_000_000_000) (is 1000) _.Window
            <| "they are drawn from so many newest transitions of the task"

            key $"{path}.empty_share" Codec.fraction (is 0.1) _.EmptyShare
            <| "share of empty contexts in updates, which train the policy of a task before its first transition; the others have from 1 to all transitions"

            key $"{path}.kl_weight" Codec.notNegative (is 0.1) _.KlWeight
            <| "weight of the divergence of an encoding's belief from its prior, per nat; the loss of the task encoder itself in losses_to_train"

            key $"{path}.explore_every" (Codec.int 1 1_000_000_000) (is 200) _.ExploreEvery
            <| "updates between draws of the encodings to explore with"

            part (MemoryKeys.schema path) _.Memory

            key
                $"{path}.losses"
                (Codec.list (Codec.oneOf losses))
                (is [ ContextLoss.Policy; ContextLoss.Value ])
                _.Losses
            <| "losses whose gradients reach the encoder of trials: policy, value: policy and value function have one each; policy: the value function reads the encodings of the policy's as constants"
        ]
