/// A row of numbers for each task, whatever the input: the start of a task encoder.
module internal MtrlFunctional.Networks.TaskTable

open MtrlFunctional.Tensors

let private row path tasks width start =
    Parameter.perTask (Parameter.join path "weight") tasks [ 1L; int64 width ] start

let private reading (row: Parameter) width : Module = {
    Parameters = []
    Fixed = []
    Width = width
    Run = fun weights _ -> weights[row.Path]
}

/// [tasks; rows; anything] to [tasks; 1; width]. Rows start normally distributed, as those of an
/// embedding do.
let build path (widths: InputSizes) width : Module =
    let row = row path widths.Tasks width StandardNormal
    { reading row width with Parameters = [ row ] }

/// The same with known numbers, which nothing trains.
let known path (widths: InputSizes) (rows: FixedTaskRows) : Module =
    let row = row path widths.Tasks rows.Width (Given rows.Numbers)
    { reading row rows.Width with Fixed = [ row ] }
