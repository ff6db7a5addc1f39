namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Parameters, optimiser states and memories of an agent, part by part.
type SacState = {
    /// By the names of `SacAgent.Parts`.
    Parts: Map<string, PartContent>
} with

    /// The content of a part. `SacParts` has the keys of soft actor-critic.
    member state.Get(key: PartKey<'content>) : 'content = key.Unwrap state.Parts[key.PartName]

    member state.Actor = state.Get SacParts.actor

    /// Encoder and critics.
    member state.Critic = state.Get SacParts.critic

    /// The target network of the critics; same layout.
    member state.Target = state.Get SacParts.target

    /// [tasks]. Where all tasks share one temperature, only the first number is used.
    member state.LogAlpha = state.Get SacParts.logAlpha

    /// Empty without a task encoder.
    member state.TaskEncoder = state.Get SacParts.taskEncoder

    /// Parameters that are never trained; empty for most agents.
    member state.Fixed = state.Get SacParts.notTrained

    /// The memory of surgery of the critics' gradients.
    member state.CriticSurgery: SurgeryState = state.Get SacParts.criticSurgery

    member state.ActorSurgery: SurgeryState = state.Get SacParts.actorSurgery

/// Making, changing and owning states.
module SacState =
    /// The state with another content of a part.
    let set (key: PartKey<'content>) content (state: SacState) : SacState = {
        Parts = state.Parts.Add(key.PartName, key.Wrap content)
    }

    /// The state with the content of a part changed.
    let change key (f: 'content -> 'content) (state: SacState) = set key (f (state.Get key)) state

    /// The state in which each part of an agent has the content that `content` gives.
    let ofParts (agent: SacAgent) (content: StatePart -> PartContent) : SacState = {
        Parts = Map [ for part in agent.Parts -> part.Name, content part ]
    }

    let owns (state: SacState) : seq<Tensor> =
        state.Parts.Values |> Seq.collect PartContent.owns

    /// The tensors of the result of an update.
    let internal ownsOutcome (state: SacState, metrics: Metrics) : seq<Tensor> =
        Seq.append (owns state) (Metrics.owns metrics)

    /// The state `after` with the numbers of `before` in some parts, where `mask` is 0. Counts of steps and memories of
    /// surgery are taken from `after`.
    let within
        (mask: SacState)
        (parts: string list)
        (before: SacState)
        (after: SacState)
        : SacState =
        let kept name =
            let choose (vectors: Tensor list) =
                match vectors with
                | [ after; before; mask ] -> Tensor.where (Tensor.isPositive mask) after before
                | _ -> invalidOp "Three states have three vectors."

            PartContent.combine choose [ after.Parts[name]; before.Parts[name]; mask.Parts[name] ]

        {
            Parts = List.fold (fun all name -> Map.add name (kept name) all) after.Parts parts
        }

    /// A state before the first update, with the parameters of each part that `vector` gives.
    let start agent (vector: StatePart -> Tensor) : SacState =
        ofParts agent (StatePart.start vector)

    /// A state before the first update, made at `place`. Random numbers of a part are drawn from the branch of its
    /// name; a target's from the branch of its source, so that both are equal.
    let create (agent: SacAgent) key place : SacState =
        Tensors.scope owns (fun () ->
            start agent (fun part ->
                Layout.initialise place (Key.forPurpose (StatePart.origin part) key) part.Layout))
