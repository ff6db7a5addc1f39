namespace MtrlFunctional.Tensors

open MtrlFunctional.Tensors

/// An array of numbers with a shape, an element type and a device. It lives until its scope ends.
type Tensor = TorchSharp.torch.Tensor

/// Operators with a dot meet tensors: element by element, shapes broadcast. The dot stands on the
/// side of a tensor, a number on the other side is written without.
[<AutoOpen>]
module Arithmetic =
    let (.+) (x: Tensor) (y: Tensor) = Ops.Add(x, y)
    let (.-) (x: Tensor) (y: Tensor) = Ops.Sub(x, y)
    let (.*) (x: Tensor) (y: Tensor) = Ops.Mul(x, y)
    let (./) (x: Tensor) (y: Tensor) = Ops.Div(x, y)
    let ( *. ) (k: float) (x: Tensor) = Ops.MulScalar(x, k)
    let (+.) (k: float) (x: Tensor) = Ops.AddScalar(x, k)
