/// Rows of all tasks: [tasks; rows; features].
module internal MtrlFunctional.Networks.Rows

open MtrlFunctional.Tensors

/// Runs a function that treats all rows alike on one matrix [tasks · rows; features], for which the
/// libraries have their fastest product.
let flat (run: Tensor -> Tensor) (x: Tensor) =
    let tasks, rows, features = Ops.Size(x, 0), Ops.Size(x, 1), Ops.Size(x, 2)
    let y = run (Ops.Reshape(x, [| tasks * rows; features |]))
    Ops.Reshape(y, [| tasks; rows; Ops.Size(y, 1) |])

/// Concatenates features: [tasks; rows; f] and [tasks; 1 or rows; g] to [tasks; rows; f + g], in the
/// element type of the first.
let append (x: Tensor) (y: Tensor) =
    let shape = [| Ops.Size(x, 0); Ops.Size(x, 1); Ops.Size(y, 2) |]
    Ops.Cat([| x; Ops.Expand(Ops.ToType(y, Ops.NumericOf x), shape) |], 2L)
