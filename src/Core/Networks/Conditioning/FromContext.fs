namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// A network whose parameters of single tasks are affine functions of the context: p_τ = p + M z_τ. Nothing in it
/// belongs to a task, so that it serves tasks that it was not trained on.
///
/// PTSL's task layers, PaCo's and MOORE's weights of tasks have no form of this kind in their papers, where a task is
/// known by its index. M begins at zero, as in `Hypernetwork`: at first all tasks are alike, and z has a gradient from
/// the second update on.
module FromContext =
    /// M.
    let private map (sizes: InputSizes) (parameter: Parameter) =
        Parameter.shared
            (OwnParameters.mapPath parameter.Path)
            (int64 sizes.Context :: parameter.Shape.Tail)
            Zeros

    /// The weights of `body` for given encodings of its tasks, [tasks; 1; width].
    let internal weights (body: Module) (context: Tensor) (weights: Weights) : Weights =
        let tasks, width = Tensor.size 0 context, Tensor.size 2 context
        let z = Tensor.reshape [| tasks; width |] context

        let ofTasks (parameter: Parameter) =
            let added =
                Tensor.matMul
                    z
                    (Tensor.reshape [| width; -1L |] weights[OwnParameters.mapPath parameter.Path])

            let shape = Array.ofList (tasks :: parameter.Shape.Tail)
            weights[parameter.Path] .+ Tensor.reshape shape added

        OwnParameters.weights body ofTasks weights

    /// As `body`, built for an input of the same sizes: p as the entry of a task that all share, and M.
    let internal build (sizes: InputSizes) (body: Module) : Module =
        body
        |> OwnParameters.replaced
            (fun parameter -> [ OwnParameters.entriesOf [ 0 ] parameter; map sizes parameter ])
            (fun input -> weights body (NetworkInput.context input))

    let private rowsOfTasks (body: Spec) (source: RowSource) path (row: Row) =
        let context =
            contextOf source "A network whose task parameters follow from the context"

        let network =
            body.Build Precision.Full path {
                Tasks = source.Tasks
                Features = row.Width
                Context = int (Tensor.size 2 context)
            }

        body.OnRow { source with Weights = weights network context source.Weights } path row

    let private rowsOf (body: Spec) (source: RowSource) path (row: Row) =
        match source.RowContext, body.OnRowOfContext with
        | None, _ -> rowsOfTasks body source path row
        | Some z, Some onRow -> onRow z source path row
        | Some _, None -> Error "own parameters that follow from the trial so far"

    /// `body`, whose parameters of single tasks are affine functions of the context.
    let rec layer (body: Spec) : Spec = {
        Spec.Of(
            "FromContext",
            [ body ],
            fun precision path sizes -> body.Build precision path sizes |> build sizes
        ) with
            Errors =
                fun sizes ->
                    body.Errors sizes |> SpecError.readsContext ContextReader.TaskParameters sizes
            Describe =
                fun owners sizes ->
                    $"{body.Describe owners sizes}; what belongs to a task is computed from the task encoding of {sizes.Context}"
            UsesTask = true
            ActivationsPerRow = body.ActivationsPerRow
            OnRow = rowsOf body
            MapInner = Some(fun change -> layer (change body))
    }
