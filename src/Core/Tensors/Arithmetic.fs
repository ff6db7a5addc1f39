namespace MtrlFunctional.Tensors

/// An array of numbers with a shape, an element type and a device. It lives until its scope ends.
type Tensor = TorchSharp.torch.Tensor

/// Operators element by element; shapes broadcast. A dot is on the side of a tensor, no dot on the side of
/// a number.
[<AutoOpen>]
module Arithmetic =
    let (.+) (x: Tensor) (y: Tensor) = Ops.Add(x, y)
    let (.-) (x: Tensor) (y: Tensor) = Ops.Sub(x, y)
    let (.*) (x: Tensor) (y: Tensor) = Ops.Mul(x, y)
    let (./) (x: Tensor) (y: Tensor) = Ops.Div(x, y)
    let ( *. ) (k: float) (x: Tensor) = Ops.MulScalar(x, k)
    let (+.) (k: float) (x: Tensor) = Ops.AddScalar(x, k)
