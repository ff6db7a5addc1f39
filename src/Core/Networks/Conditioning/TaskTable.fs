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

/// [tasks; rows; anything] to given embeddings [tasks; 1; width], which are never trained.
let buildFixed path (sizes: InputSizes) (rows: FixedTaskRows) : Module =
    let embedding = embedding path sizes.Tasks rows.Width (Given rows.Numbers)
    { lookup embedding rows.Width with Fixed = [ embedding ] }
