namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A network in which tasks of one group share the parameters of single tasks: parameters [groups; …] instead of
/// [tasks; …], shared by all tasks in the sense of `Sharing`. A group is, for example, the tasks of one robot.
module internal PerGroup =
    let private countOf groups = List.max groups + 1

    /// The weights of `body` for tasks of these groups.
    let weights (body: Module) (groups: int list) (weights: Weights) : Weights =
        let index =
            Tensor.ofLongs [| int64 groups.Length |] [| for group in groups -> int64 group |]

        let ofTasks (parameter: Parameter) =
            let entries = weights[parameter.Path]
            Tensor.indexSelect 0 (Tensor.toDevice (Tensor.device entries) index) entries

        OwnParameters.weights body ofTasks weights

    /// As `body`, built for an input of the same sizes, where `groups` has the group of each task: all numbers from 0 to
    /// the last. Raises ArgumentException for other groups. Given numbers of a group are taken from its first task.
    let build (sizes: InputSizes) (groups: int list) (body: Module) : Module =
        let all = [ 0 .. countOf groups - 1 ]

        if groups.Length <> sizes.Tasks || List.sort (List.distinct groups) <> all then
            invalidArg
                (nameof groups)
                $"A network of {sizes.Tasks} tasks takes the group of each, 0 to the last of them, not {groups}."

        let first = [ for group in all -> List.findIndex ((=) group) groups ]

        let ofInput (input: NetworkInput) =
            match input.Task with
            | Some task -> [ groups[task] ]
            | None -> groups

        body
        |> OwnParameters.replaced
            (OwnParameters.entriesOf first >> List.singleton)
            (ofInput >> weights body)

    let private rowsOf groups (body: Spec) (source: RowSource) path (row: Row) =
        let sizes = { Tasks = source.Tasks; Features = row.Width; Context = 0 }
        let network = body.Build Precision.Full path sizes
        let start = Row.input row.Width

        body.OnRow { source with Weights = weights network groups source.Weights } path start
        |> Result.map (fun output ->
            Row.follow (RowSteps.ofGroups groups (Row.steps start output)) row)

    /// The dense layers of tasks as layers of the groups.
    let private ofGroups groups step =
        match step with
        | DenseStep.Map(units, DenseOwner.Task) -> DenseStep.Map(units, DenseOwner.Group groups)
        | other -> other

    /// `body`, in which tasks of one group share the parameters of single tasks; with the group of each task, from 0.
    let rec layer (groups: int list) (body: Spec) : Spec = {
        Spec.Of(
            "PerGroup",
            [ groups; body ],
            fun precision path sizes -> body.Build precision path sizes |> build sizes groups
        ) with
            Errors = body.Errors
            Describe =
                fun _ sizes ->
                    body.Describe $"of {(List.distinct groups).Length} groups of tasks" sizes
            ActivationsPerRow = body.ActivationsPerRow
            OnRow = rowsOf groups body
            MapInner = Some(fun change -> layer groups (change body))
            Dense = body.Dense |> Option.map (List.map (ofGroups groups))
    }
