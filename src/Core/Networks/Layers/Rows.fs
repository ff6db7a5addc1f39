/// Rows of all tasks: [tasks; rows; features].
module internal MtrlFunctional.Networks.Rows

open MtrlFunctional.Tensors

/// Runs a function that treats all rows alike on one matrix [tasks · rows; features], for which the
/// libraries have their fastest product.
let flat (run: Tensor -> Tensor) (x: Tensor) =
    let tasks, rows, features = Tensor.size 0 x, Tensor.size 1 x, Tensor.size 2 x
    let y = run (Tensor.reshape [| tasks * rows; features |] x)
    Tensor.reshape [| tasks; rows; Tensor.size 1 y |] y

/// Concatenates features: [tasks; rows; f] and [tasks; 1 or rows; g] to [tasks; rows; f + g], in the
/// element type of the first.
let append (x: Tensor) (y: Tensor) =
    let shape = [| Tensor.size 0 x; Tensor.size 1 x; Tensor.size 2 y |]
    Tensor.cat 2 [| x; Tensor.expand shape (Tensor.toType (Tensor.scalarType x) y) |]
