/// A learned row of numbers for each task, whatever the input: the start of a task encoder.
module Mtrl.Networks.TaskTable

open Mtrl.Tensors

/// [tasks; rows; anything] to [tasks; 1; width]. Rows start normally distributed, as those of an
/// embedding do.
let build path (widths: Widths) width : Module =
    let path = Parameter.join path "weight"

    {
        Parameters = [
            {
                Path = path
                Shape = [ int64 widths.Tasks; 1L; int64 width ]
                Start = StandardNormal
            }
        ]
        Width = width
        Run = fun weights _ -> weights[path]
    }
