/// An embedding of each task, whatever the input: the first layer of a task encoder.
module internal MtrlFunctional.Networks.TaskTable

open MtrlFunctional.Tensors

let private embedding path tasks width initialiser =
    Parameter.perTask (Parameter.join path "weight") tasks [ 1L; int64 width ] initialiser

let private lookup (embedding: Parameter) width : Module = {
    Parameters = []
    Fixed = []
    Width = width
    Run = fun weights _ -> weights[embedding.Path]
}

/// [tasks; rows; anything] to learned embeddings [tasks; 1; width], standard normal at first.
let build path (sizes: InputSizes) width : Module =
    let embedding = embedding path sizes.Tasks width StandardNormal
    { lookup embedding width with Parameters = [ embedding ] }

/// As `build`, with zero and no gradient for the first task.
let buildPadded path (sizes: InputSizes) width : Module =
    let table = build path sizes width

    let isTrained numeric (task: int option) =
        match task with
        | Some task ->
            TensorOptions.fromDoubles numeric [| (if task = 0 then 0.0 else 1.0) |] [| 1L; 1L; 1L |]
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
let buildFixed path (sizes: InputSizes) (rows: FixedTaskRows) : Module =
    let embedding = embedding path sizes.Tasks rows.Width (Given rows.Numbers)
    { lookup embedding rows.Width with Fixed = [ embedding ] }
