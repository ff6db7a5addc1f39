namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// Task embeddings that are given and never trained.
type FixedTaskRows = internal {
    /// The origin of the embeddings, for people: "sentences of the tasks".
    Source: string
    Width: int
    /// [tasks; width], row-major.
    Numbers: float[]
}

/// An embedding of each task, whatever the input: the first layer of a task encoder.
module TaskTable =
    let private embedding path tasks width initialiser =
        Parameter.perTask (Parameter.join path "weight") tasks [ 1L; int64 width ] initialiser

    let private lookup (embedding: Parameter) width : Module = {
        Parameters = []
        Fixed = []
        Width = width
        Run = fun weights _ -> weights[embedding.Path]
    }

    /// [tasks; rows; anything] to learned embeddings [tasks; 1; width], standard normal at first.
    let internal build path (sizes: InputSizes) width : Module =
        let embedding = embedding path sizes.Tasks width StandardNormal
        { lookup embedding width with Parameters = [ embedding ] }

    /// As `build`, with zero and no gradient for the first task.
    let internal buildPadded path (sizes: InputSizes) width : Module =
        let table = build path sizes width

        let isTrained numeric (task: int option) =
            match task with
            | Some task ->
                TensorOptions.fromDoubles numeric [| (if task = 0 then 0.0 else 1.0) |] [|
                    1L
                    1L
                    1L
                |]
            | None ->
                TensorOptions.fromDoubles numeric [|
                    for task in 0 .. sizes.Tasks - 1 -> if task = 0 then 0.0 else 1.0
                |] [| int64 sizes.Tasks; 1L; 1L |]

        {
            table with
                Run =
                    fun weights input ->
                        let rows = table.Run weights input
                        isTrained (TensorOptions.ofTensor rows) input.Task .* rows
        }

    /// [tasks; rows; anything] to given embeddings [tasks; 1; width], which are never trained.
    let internal buildFixed path (sizes: InputSizes) (rows: FixedTaskRows) : Module =
        let embedding = embedding path sizes.Tasks rows.Width (Given rows.Numbers)
        { lookup embedding rows.Width with Fixed = [ embedding ] }

    let private table kind settings (build: Precision -> string -> InputSizes -> Module) : Spec = {
        Spec.Of(kind, settings, build) with
            ActivationsPerRow = fun _ _ -> 0.0
            OnRow = fun _ _ _ -> Error "task embeddings in the place of features"
    }

    /// Whatever the input, a learned embedding of each task.
    let internal layer (width: int) : Spec = {
        table "TaskTable" [ width ] (fun _ path sizes -> build path sizes width) with
            Describe = fun _ _ -> "a learned embedding of each task"
    }

    /// As `layer`, in which the embedding of the first task is zero and not trained.
    let padded (width: int) : Spec = {
        table "PaddedTable" [ width ] (fun _ path sizes -> buildPadded path sizes width) with
            Describe = fun _ _ -> "a learned embedding of each task but the first, whose is zero"
    }

    /// Whatever the input, a given embedding of each task.
    let internal fixedRows (rows: FixedTaskRows) : Spec = {
        table "FixedTable" [ rows ] (fun _ path sizes -> buildFixed path sizes rows) with
            Describe = fun _ _ -> $"a fixed embedding of each task: {rows.Source}"
    }
