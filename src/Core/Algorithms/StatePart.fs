namespace MtrlFunctional.Algorithms

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// A field of a state.
type Field<'state, 'content> = {
    Get: 'state -> 'content
    /// The state with another content.
    Set: 'content -> 'state -> 'state
}

/// The use of a vector that no optimiser trains.
[<RequireQualifiedAccess>]
type VectorRole =
    /// A target network: begins as a copy of another part and follows it by Polyak averaging.
    | Target
    /// Nothing changes it.
    | Fixed
    /// Updates compute it.
    | Inferred

/// The content of a part of a state.
[<RequireQualifiedAccess>]
type PartContent<'state> =
    /// Parameters that an optimiser trains, with its moments.
    | Trained of Field<'state, AdamState>
    /// The moments of a further optimiser of parameters of another part.
    | Moments of Field<'state, AdamMoments>
    /// Parameters that no optimiser trains.
    | Vector of VectorRole * Field<'state, Tensor>
    /// The state of a method of gradient surgery, which begins as `Start`. No tensors.
    | Memory of Start: SurgeryState * Field<'state, SurgeryState>

/// A part of a state: its name, the layout of its vectors, and its field. An algorithm lists the parts of its state
/// once; checkpoints, masks, tables and splits by task are folds over the list.
type StatePart<'state> = {
    /// Unique within the state. Names of tensors in a checkpoint begin with it: "critic_target".
    Name: string
    /// The offsets of the parameters in the vectors of the part. Empty for a memory.
    Layout: Layout
    Content: PartContent<'state>
}

/// Parts, and states by their parts.
module StatePart =
    let private create name layout content = { Name = name; Layout = layout; Content = content }

    /// A part that an optimiser trains.
    let trained name layout get set =
        create name layout (PartContent.Trained { Get = get; Set = set })

    /// A further optimiser of parameters of another part.
    let moments name layout get set =
        create name layout (PartContent.Moments { Get = get; Set = set })

    let private vector role name layout get set =
        create name layout (PartContent.Vector(role, { Get = get; Set = set }))

    /// A target network.
    let target name layout get set =
        vector VectorRole.Target name layout get set

    /// Parameters that nothing changes.
    let notTrained name layout get set =
        vector VectorRole.Fixed name layout get set

    /// Numbers that updates compute.
    let inferred name layout get set =
        vector VectorRole.Inferred name layout get set

    /// The memory of a method of gradient surgery.
    let memory name start get set =
        create name (Layout.create []) (PartContent.Memory(start, { Get = get; Set = set }))

    /// A part of a state that is a field of another state.
    let inner (outer: Field<'outer, 'state>) (part: StatePart<'state>) : StatePart<'outer> =
        let field (inner: Field<'state, 'content>) : Field<'outer, 'content> = {
            Get = outer.Get >> inner.Get
            Set = fun content state -> outer.Set (inner.Set content (outer.Get state)) state
        }

        create
            part.Name
            part.Layout
            (match part.Content with
             | PartContent.Trained trained -> PartContent.Trained(field trained)
             | PartContent.Moments moments -> PartContent.Moments(field moments)
             | PartContent.Vector(role, vector) -> PartContent.Vector(role, field vector)
             | PartContent.Memory(start, memory) -> PartContent.Memory(start, field memory))

    /// The parts that a checkpoint has: parts without parameters, such as a missing network, are left out.
    let private stored (parts: StatePart<'state> list) =
        parts
        |> List.filter (fun part -> part.Layout.Length > 0L || part.Content.IsMemory)

    /// The tensors of a state by name (`NamedTensors` has the names). They are views: valid as long as the state.
    let toNamed (parts: StatePart<'state> list) (state: 'state) : (string * Tensor) list = [
        for { Name = name; Layout = layout; Content = content } in stored parts do
            match content with
            | PartContent.Trained trained ->
                yield! NamedTensors.ofAdamState name layout (trained.Get state)
            | PartContent.Moments moments ->
                yield! NamedTensors.ofMoments name layout (moments.Get state)
            | PartContent.Vector(_, vector) ->
                yield! NamedTensors.ofVector name layout (vector.Get state)
            | PartContent.Memory(_, memory) ->
                yield! SurgeryCheckpoint.toNamed name (memory.Get state)
    ]

    let private faults find { Name = name; Layout = layout; Content = content } =
        match content with
        | PartContent.Trained _ -> NamedTensors.faultsOfAdamState find (name, layout)
        | PartContent.Moments _ -> NamedTensors.faultsOfMoments find (name, layout)
        | PartContent.Vector _ -> NamedTensors.faultsOfVector find (name, layout)
        | PartContent.Memory(start, _) -> SurgeryCheckpoint.faults find (name, start)

    /// The state with the content of a part from named tensors without faults, copied to `place`.
    let private read place find state { Name = name; Layout = layout; Content = content } =
        match content with
        | PartContent.Trained trained ->
            trained.Set (NamedTensors.adamState place find (name, layout)) state
        | PartContent.Moments moments ->
            moments.Set (NamedTensors.moments place find (name, layout)) state
        | PartContent.Vector(_, vector) ->
            vector.Set (NamedTensors.vector place find (name, layout)) state
        | PartContent.Memory(start, memory) ->
            memory.Set (SurgeryCheckpoint.ofNamed find (name, start)) state

    /// The state of named tensors; or every name that is missing or has another shape. The numbers are copied to
    /// `place`. `start` makes a state of the vectors of its parts.
    let ofNamed
        (owns: Owns<'state>)
        (start: (string -> Layout -> Tensor) -> 'state)
        (parts: StatePart<'state> list)
        place
        (find: string -> Tensor option)
        : Result<'state, string list> =
        let stored = stored parts

        match stored |> List.collect (faults find) with
        | [] ->
            Ok(
                Tensors.scope owns (fun () ->
                    let empty _ _ = Draw.constant place 0.0 [| 0L |]
                    List.fold (read place find) (start empty) stored)
            )
        | faults -> Error faults

    /// The first of several states with other vectors: `make` makes each vector from the vectors of this place in all
    /// states. Counts of steps and memories stay as they are.
    let combine
        (parts: StatePart<'state> list)
        (make: Layout -> Tensor list -> Tensor)
        (states: 'state list)
        : 'state =
        let combineOne (state: 'state) part =
            let combined (get: 'state -> Tensor) =
                states |> List.map get |> make part.Layout

            match part.Content with
            | PartContent.Trained { Get = get; Set = set } ->
                let trained = {
                    get state with
                        Values = combined (get >> _.Values)
                        FirstMoment = combined (get >> _.FirstMoment)
                        SecondMoment = combined (get >> _.SecondMoment)
                }

                set trained state
            | PartContent.Moments { Get = get; Set = set } ->
                let moments = {
                    get state with
                        FirstMoment = combined (get >> _.FirstMoment)
                        SecondMoment = combined (get >> _.SecondMoment)
                }

                set moments state
            | PartContent.Vector(_, { Get = get; Set = set }) -> set (combined get) state
            | PartContent.Memory _ -> state

        List.fold combineOne (List.head states) parts

    /// The state `after` with the numbers of `before` where `mask`, a state, is 0. Counts of steps and memories of
    /// surgery are taken from `after`.
    let within (parts: StatePart<'state> list) (mask: 'state) (before: 'state) (after: 'state) =
        let choose _ (vectors: Tensor list) =
            match vectors with
            | [ after; before; mask ] when not (obj.ReferenceEquals(after, before)) ->
                Tensor.where (Tensor.isPositive mask) after before
            | _ -> vectors.Head

        combine parts choose [ after; before; mask ]

    /// The state whose vectors are made, parameter by parameter, from those of the states. Parameters that tasks share
    /// are taken from the first state.
    let private combineOwn parts (make: Tensor[] -> Tensor) states =
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

        combine parts vector states

    /// The state of the agent of one task, from the state of separate agents: every parameter that belongs to tasks has
    /// the task as its leading dimension. Parts that tasks share stay whole.
    let ofTask parts task (state: 'state) =
        combineOwn parts (fun views -> Tensor.narrow 0 (int64 task) 1L views[0]) [ state ]

    /// The state of all tasks' agents, which must have taken equally many steps; it undoes `ofTask`. `parts`: of the
    /// agent of one task.
    let ofTasks parts (states: 'state list) = combineOwn parts (Tensor.cat 0) states

    let private isVector chosen part =
        match part.Content with
        | PartContent.Vector(role, _) -> chosen role
        | _ -> false

    /// Parameters in the vectors of parts: trained, of target networks, never trained, and inferred.
    let internal counts (parts: StatePart<'state> list) =
        let count chosen =
            parts |> List.filter chosen |> List.sumBy _.Layout.Length

        {|
            Trained = count (isVector (fun _ -> true) >> not)
            Targets = count (isVector _.IsTarget)
            Fixed = count (isVector _.IsFixed)
            Inferred = count (isVector _.IsInferred)
        |}

    /// Every parameter with its shape and size, as in a checkpoint; then the totals.
    let table (parts: StatePart<'state> list) : string =
        let counts = counts parts

        let parameters = [
            for part in List.filter (isVector _.IsTarget >> not) parts do
                for slot in part.Layout.Slots -> part.Name, slot.Parameter
        ]

        ParameterTable.text parameters [
            "trained", counts.Trained
            if counts.Fixed > 0L then
                "never trained", counts.Fixed
            if counts.Inferred > 0L then
                "inferred from transitions", counts.Inferred
            "followed by targets", counts.Targets
        ]
