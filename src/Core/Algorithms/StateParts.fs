namespace MtrlFunctional.Algorithms

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// The content of a part of a state.
[<RequireQualifiedAccess>]
type PartContent =
    /// Parameters that an optimiser trains, with its moments.
    | Trained of AdamState
    /// The moments of a further optimiser of parameters of another part.
    | Moments of AdamMoments
    /// Parameters that no optimiser trains.
    | Plain of Tensor
    /// The state of a method of gradient surgery between updates. No tensors.
    | Memory of SurgeryState

/// The role of a part: its initial content, and how it changes.
[<RequireQualifiedAccess>]
type PartRole =
    /// Begins as its layout defines. An optimiser trains it.
    | Trained
    /// A further optimiser of the first parameters of the part `Of`: begins with moments of 0.
    | Optimiser of Of: string
    /// The target network of the part `Source`, which has the same layout: begins as a copy of it and
    /// follows it by Polyak averaging.
    | Target of Source: string
    /// Begins as its layout defines. Nothing changes it.
    | Fixed
    /// A part that begins as its layout defines and is computed by updates; no optimiser trains it.
    | Inferred
    /// Begins as given. Gradient surgery changes it.
    | Memory of Start: SurgeryState

/// A part of the state of an agent. Every operation on whole states (creating, owning, storing, drawing, splitting by
/// task) is a fold over the parts, so that an algorithm adds a part and nothing else.
type StatePart = {
    /// Unique within the agent. Names of tensors in a checkpoint begin with it: "critic_target".
    Name: string
    /// The offsets of the parameters in the vectors of the part. Empty for a memory.
    Layout: Layout
    Role: PartRole
}

/// Typed access to the content of a part. One value for each part, made by the functions of `PartKey`.
type PartKey<'content> = {
    PartName: string
    Wrap: 'content -> PartContent
    Unwrap: PartContent -> 'content
}

/// The keys of parts.
module PartKey =
    /// Raises InvalidOperationException for content of another kind.
    let private create name wrap choose : PartKey<'content> = {
        PartName = name
        Wrap = wrap
        Unwrap =
            choose
            >> Option.defaultWith (fun () ->
                invalidOp $"The part '{name}' of this state has content of another kind.")
    }

    /// A part with an optimiser.
    let trained name =
        create name PartContent.Trained (function
            | PartContent.Trained trained -> Some trained
            | _ -> None)

    /// A further optimiser of parameters of another part.
    let moments name =
        create name PartContent.Moments (function
            | PartContent.Moments moments -> Some moments
            | _ -> None)

    /// A part that is a vector without an optimiser.
    let plain name =
        create name PartContent.Plain (function
            | PartContent.Plain vector -> Some vector
            | _ -> None)

    /// The memory of a method of gradient surgery.
    let memory name =
        create name PartContent.Memory (function
            | PartContent.Memory memory -> Some memory
            | _ -> None)

/// Contents as a whole.
module PartContent =
    let owns content : seq<Tensor> =
        match content with
        | PartContent.Trained trained -> AdamState.owns trained
        | PartContent.Moments moments -> [ moments.FirstMoment; moments.SecondMoment ]
        | PartContent.Plain vector -> [ vector ]
        | PartContent.Memory _ -> []

    /// One content from several contents of the same part: `vector` makes each vector from the corresponding vectors.
    /// Counts of steps and memories are taken from the first content.
    let combine (vector: Tensor list -> Tensor) (contents: PartContent list) : PartContent =
        match List.head contents with
        | PartContent.Trained first ->
            let all = contents |> List.map (PartKey.trained "").Unwrap

            PartContent.Trained {
                Values = vector (all |> List.map _.Values)
                FirstMoment = vector (all |> List.map _.FirstMoment)
                SecondMoment = vector (all |> List.map _.SecondMoment)
                Steps = first.Steps
            }
        | PartContent.Moments first ->
            let all = contents |> List.map (PartKey.moments "").Unwrap

            PartContent.Moments {
                FirstMoment = vector (all |> List.map _.FirstMoment)
                SecondMoment = vector (all |> List.map _.SecondMoment)
                Steps = first.Steps
            }
        | PartContent.Plain _ ->
            contents |> List.map (PartKey.plain "").Unwrap |> vector |> PartContent.Plain
        | PartContent.Memory _ as first -> first

    /// The content with each vector changed, in the order of `owns`.
    let map change content =
        combine (List.head >> change) [ content ]

/// The parts of an agent.
module StatePart =
    let private create (key: PartKey<'content>) layout role : StatePart = {
        Name = key.PartName
        Layout = layout
        Role = role
    }

    /// A part that an optimiser trains.
    let trained (key: PartKey<AdamState>) layout = create key layout PartRole.Trained

    /// A further optimiser of the first parameters of the part `source`; `layout` begins as its layout does.
    let optimiser (key: PartKey<AdamMoments>) (source: StatePart) layout =
        create key layout (PartRole.Optimiser source.Name)

    /// The target network of the part `source`.
    let target (key: PartKey<Tensor>) (source: StatePart) =
        create key source.Layout (PartRole.Target source.Name)

    /// Parameters that nothing trains.
    let notTrained (key: PartKey<Tensor>) layout = create key layout PartRole.Fixed

    /// Numbers that updates compute.
    let inferred (key: PartKey<Tensor>) layout = create key layout PartRole.Inferred

    /// The memory of a method of gradient surgery.
    let memory (key: PartKey<SurgeryState>) start =
        create key (Layout.create []) (PartRole.Memory start)

    /// The layout of the part of `key`.
    let layout (key: PartKey<'content>) (parts: StatePart list) =
        (parts |> List.find (fun part -> part.Name = key.PartName)).Layout

    /// The part whose random numbers a part begins with: a target begins as its source does.
    let origin (part: StatePart) =
        match part.Role with
        | PartRole.Target source -> source
        | PartRole.Trained
        | PartRole.Optimiser _
        | PartRole.Fixed
        | PartRole.Inferred
        | PartRole.Memory _ -> part.Name

    /// The content of a part before the first update, with `vector` as its parameters.
    let start (vector: StatePart -> Tensor) (part: StatePart) : PartContent =
        match part.Role with
        | PartRole.Trained -> PartContent.Trained(AdamState.start (vector part))
        | PartRole.Optimiser _ ->
            let zeros = Tensor.zerosLike (vector part)

            PartContent.Moments {
                FirstMoment = zeros
                SecondMoment = Tensor.clone zeros
                Steps = 0L
            }
        | PartRole.Target _
        | PartRole.Fixed
        | PartRole.Inferred -> PartContent.Plain(vector part)
        | PartRole.Memory start -> PartContent.Memory start
