namespace MtrlFunctional.Algorithms

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// A field of a state.
type internal Field<'state, 'content> = {
    Get: 'state -> 'content
    /// The state with another content.
    Set: 'content -> 'state -> 'state
}

/// The use of the parameters of a part.
[<RequireQualifiedAccess>]
type internal PartRole =
    /// An optimiser trains them.
    | Trained
    /// A target network: begins as a copy of another part and follows it by Polyak averaging.
    | Target
    /// Nothing changes them.
    | Fixed
    /// Updates compute them.
    | Inferred

/// Numbers of a state that are no parameters, as a tensor of a checkpoint.
type internal StoredNumbers<'state> = {
    /// "optimizer/actor/steps".
    Name: string
    Shape: int64 list
    Read: 'state -> Tensor
    /// The state with the numbers of a tensor; tensors of the state have the given options.
    Write: TensorOptions -> Tensor -> 'state -> 'state
}

/// A part of a state, with the names of its tensors in checkpoints that people can read: "actor/trunk/0/weight" is a
/// parameter, "optimizer/actor/first/trunk/0/weight" and "…/second/…" are its moments of Adam, and
/// "optimizer/actor/steps" is the number of Adam's steps. An algorithm lists the parts of its state once; checkpoints,
/// masks, tables and splits by task are folds over the list.
type StatePart<'state> = internal {
    /// Unique within the state: "critic_target".
    Name: string
    Role: PartRole
    /// The offsets of the parameters in each vector of the part.
    Layout: Layout
    /// The vectors, each with the beginning of the names of its parameters.
    Vectors: (string * Field<'state, Tensor>) list
    Numbers: StoredNumbers<'state> list
}

/// Parts, and states by their parts.
module StatePart =
    let private create role name layout vectors numbers : StatePart<'state> = {
        Name = name
        Role = role
        Layout = layout
        Vectors = vectors
        Numbers = numbers
    }

    /// The whole number of a tensor.
    let internal whole (x: Tensor) = Array.head (Tensor.toLongs x)

    /// A whole number of a state.
    let internal count name (get: 'state -> int64) set : StoredNumbers<'state> = {
        Name = name
        Shape = []
        Read = fun state -> Tensor.ofLongs [||] [| get state |]
        Write = fun _ x -> set (whole x)
    }

    /// The vectors and the number of steps of an optimiser.
    let private optimiser name (get: 'state -> AdamState) (set: AdamState -> 'state -> 'state) =
        let vector moment get set =
            $"optimizer/{name}/{moment}", { Get = get; Set = set }

        [
            vector "first" (get >> _.FirstMoment) (fun x s -> set { get s with FirstMoment = x } s)
            vector "second" (get >> _.SecondMoment) (fun x s ->
                set { get s with SecondMoment = x } s)
        ],
        [
            count $"optimizer/{name}/steps" (get >> _.Steps) (fun steps s ->
                set { get s with Steps = steps } s)
        ]

    /// A further optimiser of parameters of another part; its own values are empty.
    let internal moments name layout get set =
        optimiser name get set ||> create PartRole.Trained name layout

    /// A part that an optimiser trains.
    let trained name layout (get: 'state -> AdamState) set =
        let moments, steps = optimiser name get set

        let values = {
            Get = get >> _.Values
            Set = fun x state -> set { get state with Values = x } state
        }

        create PartRole.Trained name layout ((name, values) :: moments) steps

    /// The content of a part that an optimiser trains.
    let internal adamState (part: StatePart<'state>) state : AdamState =
        let vector i = (snd part.Vectors[i]).Get state

        {
            Values = vector 0
            FirstMoment = vector 1
            SecondMoment = vector 2
            Steps = whole (part.Numbers.Head.Read state)
        }

    let private vector role name layout get set =
        create role name layout [ name, { Get = get; Set = set } ] []

    /// A target network.
    let target name layout get set =
        vector PartRole.Target name layout get set

    /// Parameters that nothing changes.
    let internal notTrained name layout get set =
        vector PartRole.Fixed name layout get set

    /// Numbers that updates compute.
    let internal inferred name layout get set =
        vector PartRole.Inferred name layout get set

    /// A part without parameters.
    let internal numbers name each =
        create PartRole.Inferred name (Layout.create []) [] each

    /// The memory of a method of gradient surgery, which begins as `start`.
    let internal memory name start (get: 'state -> SurgeryState) set =
        let ofArray (array, numbers: float[]) : StoredNumbers<'state> = {
            Name = Parameter.join name array
            Shape = [ int64 numbers.Length ]
            Read =
                fun state ->
                    let _, numbers =
                        SurgeryState.toArrays (get state) |> List.find (fst >> (=) array)

                    Tensor.ofDoubles [| int64 numbers.Length |] numbers
            Write =
                fun _ x state ->
                    let given = Tensor.toDoubles x

                    SurgeryState.toArrays (get state)
                    |> List.map (fun (name, old) -> name, (if name = array then given else old))
                    |> fun arrays -> set (SurgeryState.ofArrays arrays) state
        }

        numbers name (SurgeryState.toArrays start |> List.map ofArray)

    /// A part of a state that is a field of another state.
    let internal inner
        (outer: Field<'outer, 'state>)
        (part: StatePart<'state>)
        : StatePart<'outer> =
        let within set state = outer.Set (set (outer.Get state)) state

        create part.Role part.Name part.Layout [
            for name, vector in part.Vectors ->
                name, { Get = outer.Get >> vector.Get; Set = vector.Set >> within }
        ] [
            for numbers in part.Numbers ->
                {
                    Name = numbers.Name
                    Shape = numbers.Shape
                    Read = outer.Get >> numbers.Read
                    Write = fun options x -> within (numbers.Write options x)
                }
        ]

    /// The parts that a checkpoint has: vectors without parameters, as of a missing network, are left out.
    let private stored (parts: StatePart<'state> list) =
        parts
        |> List.filter (fun part -> part.Layout.Length > 0L || part.Vectors.IsEmpty)

    /// The parameters of a vector, below a name. They are views: valid as long as the vector.
    let internal namedParameters name layout vector = [
        for KeyValue(path, view) in Layout.views layout vector -> Parameter.join name path, view
    ]

    /// The tensors of a state by name. They are views: valid as long as the state.
    let toNamed (parts: StatePart<'state> list) (state: 'state) : (string * Tensor) list = [
        for part in stored parts do
            for name, vector in part.Vectors do
                yield! namedParameters name part.Layout (vector.Get state)

            for numbers in part.Numbers -> numbers.Name, numbers.Read state
    ]

    /// The names and shapes of the tensors of a part.
    let private shapes (part: StatePart<'state>) = [
        for name, _ in part.Vectors do
            for { Parameter = parameter } in part.Layout.Slots ->
                Parameter.join name parameter.Path, parameter.Shape

        for numbers in part.Numbers -> numbers.Name, numbers.Shape
    ]

    let private show (shape: seq<int64>) =
        let sizes = shape |> Seq.map string |> String.concat "; "
        $"[{sizes}]"

    /// Error where a named tensor is missing or has another shape.
    let private fault (find: string -> Tensor option) (name, shape) =
        match find name with
        | None -> Some $"{name}: missing."
        | Some tensor when List.ofArray (Tensor.shape tensor) <> shape ->
            Some
                $"{name} is {show (Tensor.shape tensor)} in the checkpoint, {show shape} in the network."
        | Some _ -> None

    /// The state with a part from named tensors without faults, converted to `options`.
    let private read options (find: string -> Tensor option) state (part: StatePart<'state>) =
        let tensor = find >> Option.get

        let vector name =
            Layout.flatten part.Layout (fun parameter ->
                tensor (Parameter.join name parameter.Path) |> TensorOptions.put options)

        let state =
            part.Vectors
            |> List.fold (fun state (name, field) -> field.Set (vector name) state) state

        part.Numbers
        |> List.fold (fun state numbers -> numbers.Write options (tensor numbers.Name) state) state

    /// The state of named tensors; or every name that is missing or has another shape. The numbers are copied to
    /// `options`. `start` makes a state of the vectors of its parts.
    let ofNamed
        (owns: Owns<'state>)
        (start: (string -> Layout -> Tensor) -> 'state)
        (parts: StatePart<'state> list)
        options
        (find: string -> Tensor option)
        : Result<'state, string list> =
        let stored = stored parts

        match stored |> List.collect shapes |> List.choose (fault find) with
        | [] ->
            Ok(
                Tensors.scope owns (fun () ->
                    let empty _ _ = Draw.constant options 0.0 [| 0L |]
                    List.fold (read options find) (start empty) stored)
            )
        | faults -> Error faults

    /// The first of several states with other vectors: `make` makes each vector from the vectors at its index in all
    /// states. Other numbers, such as counts of steps, stay as they are.
    let internal combine
        (parts: StatePart<'state> list)
        (make: Layout -> Tensor list -> Tensor)
        (states: 'state list)
        : 'state =
        (states.Head, parts)
        ||> List.fold (fun state part ->
            (state, part.Vectors)
            ||> List.fold (fun state (_, vector) ->
                vector.Set (states |> List.map vector.Get |> make part.Layout) state))

    /// The state `after` with the numbers of `before` where `mask`, a state, is 0. Counts of steps and memories of
    /// surgery are taken from `after`.
    let internal within
        (parts: StatePart<'state> list)
        (mask: 'state)
        (before: 'state)
        (after: 'state)
        =
        let choose _ (vectors: Tensor list) =
            match vectors with
            | [ after; before; mask ] when not (obj.ReferenceEquals(after, before)) ->
                Tensor.where (Tensor.isPositive mask) after before
            | _ -> vectors.Head

        combine parts choose [ after; before; mask ]

    /// The state whose vectors are made, parameter by parameter, from the states' vectors. Parameters that tasks share
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
    let internal ofTask parts task (state: 'state) =
        combineOwn parts (fun views -> Tensor.narrow 0 (int64 task) 1L views[0]) [ state ]

    /// The state of all tasks' agents, which must have taken equally many steps; it undoes `ofTask`. `parts`: of the
    /// agent of one task.
    let internal ofTasks parts (states: 'state list) = combineOwn parts (Tensor.cat 0) states

    /// Parameters in the vectors of the parts of a role.
    let internal countOf role (parts: StatePart<'state> list) =
        parts
        |> List.filter (fun part -> part.Role = role)
        |> List.sumBy _.Layout.Length

    /// As `table`, with the trained parameters of `owners`: "trained, by each of 10 agents".
    let internal tableOf owners (parts: StatePart<'state> list) : string =
        let count role = countOf role parts
        let isTarget part = part.Role = PartRole.Target

        let parameters = [
            for part in List.filter (isTarget >> not) parts do
                for slot in part.Layout.Slots -> part.Name, slot.Parameter
        ]

        ParameterTable.text parameters [
            $"trained{owners}", count PartRole.Trained
            if count PartRole.Fixed > 0L then
                "never trained", count PartRole.Fixed
            if count PartRole.Inferred > 0L then
                "inferred from transitions", count PartRole.Inferred
            if List.exists isTarget parts then
                "followed by targets", count PartRole.Target
        ]

    /// Every parameter with its shape and size, as in a checkpoint; then the totals.
    let internal table (parts: StatePart<'state> list) : string = tableOf "" parts
