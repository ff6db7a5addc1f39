namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A network that reads the output of a task encoder.
module internal WithTaskEncoder =
    let private pathOf path = Parameter.join path "task_encoder"

    let private build (taskEncoder: Spec) (body: Spec) precision path (sizes: InputSizes) : Module =
        let taskEncoder =
            taskEncoder.Build precision (pathOf path) (TaskEncoding.sizes sizes.Tasks)

        let body = body.Build precision path { sizes with Context = taskEncoder.Width }

        {
            Parameters = taskEncoder.Parameters @ body.Parameters
            Fixed = taskEncoder.Fixed @ body.Fixed
            Width = body.Width
            Run =
                fun weights input ->
                    let context = TaskEncoding.run taskEncoder sizes.Tasks input.Task weights
                    body.Run weights { input with Context = Some context }
        }

    let private errors (taskEncoder: Spec) (body: Spec) (sizes: InputSizes) =
        let alone = TaskEncoding.sizes sizes.Tasks
        let context = Network.width alone taskEncoder
        taskEncoder.Errors alone @ body.Errors { sizes with Context = context }

    let private partsOf taskEncoder body owners path (sizes: InputSizes) =
        let encoder =
            Network.partsOf owners (pathOf path) (TaskEncoding.sizes sizes.Tasks) taskEncoder

        let context = encoder |> List.tryLast |> Option.map _.Width |> Option.defaultValue 0
        encoder @ Network.partsOf owners path { sizes with Context = context } body

    let private rowsOf (taskEncoder: Spec) (body: Spec) (source: RowSource) path row =
        let encoder =
            taskEncoder.Build Precision.Full (pathOf path) (TaskEncoding.sizes source.Tasks)

        let context = TaskEncoding.run encoder source.Tasks None source.Weights
        body.OnRow { source with Context = Some context } path row

    /// `body` with the output of `taskEncoder` as its context.
    let rec layer (taskEncoder: Spec) (body: Spec) : Spec = {
        Spec.Of(
            "WithTaskEncoder",
            [ taskEncoder; body ],
            fun precision path sizes -> build taskEncoder body precision path sizes
        ) with
            Errors = errors taskEncoder body
            Describe = fun _ _ -> ""
            Parts = Some(partsOf taskEncoder body)
            ActivationsPerRow = body.ActivationsPerRow
            OnRow = rowsOf taskEncoder body
            MapInner = Some(fun change -> layer (change taskEncoder) (change body))
            // What encodes the task stays as it is.
            Activated =
                Some(fun activation -> layer taskEncoder (Network.activated activation body))
            Normalised = Some(fun _ -> layer taskEncoder (Network.normalised false body))
    }
