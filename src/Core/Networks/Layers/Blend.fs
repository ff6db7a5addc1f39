/// Weights computed for each task, W_t = Σ_k c_tk S_k, and parallel stacks of layers. The sum is
/// one product for all tasks, a layer is one product batched over the tasks, so that K sets cost little
/// more than one as long as a task has many more rows than there are sets.
module internal MtrlFunctional.Networks.Blend

open MtrlFunctional.Tensors

/// A layer whose weight for each task is a sum of sets.
type BlendedLayer = {
    /// [tasks; sets]
    Coefficients: Tensor
    /// [sets; inputs; units]
    Sets: Tensor
    /// [tasks; units]
    Bias: Tensor
}

/// Coefficients [tasks; sets] and sets [sets; …] to [tasks; …].
let sum (coefficients: Tensor) (sets: Tensor) =
    let shape = Tensor.shape sets
    let flat = Tensor.reshape [| shape[0]; -1L |] sets
    let shape = Array.append [| Tensor.size 0 coefficients |] shape[1..]
    Tensor.reshape shape (Tensor.matMul coefficients flat)

/// A stack whose layer `i`, with or without ReLU, is `apply`.
let private over (stack: Layers) (apply: int -> bool -> Tensor -> Tensor) x =
    let step x i =
        if i < stack.Hidden.Length then
            Activate.behind stack.Activation (fun relu -> apply i relu x)
        else
            apply i false x

    List.fold step x [ 0 .. stack.Hidden.Length ]

/// Rows [count; rows; inputs], or [rows; inputs] shared by all, through `count` parallel stacks;
/// `layer i` gives the weights [count; inputs; units] and biases [count; units] of each layer.
let run stack (layer: int -> Tensor * Tensor) x =
    x
    |> over stack (fun i relu x ->
        let weight, bias = layer i
        Dense.apply { Dense.plain with Relu = relu } weight bias x)

/// One row of each task as a sum of the products with each set: as much work as the weights of the tasks, and less
/// memory.
let private oneRow (layer: BlendedLayer) relu (x: Tensor) =
    let sets, inputs, units =
        Tensor.size 0 layer.Sets, Tensor.size 1 layer.Sets, Tensor.size 2 layer.Sets

    let x = Tensor.reshape [| -1L; inputs |] x

    let sideBySide =
        Tensor.reshape [| inputs; sets * units |] (Tensor.transpose 0 1 layer.Sets)

    let products = Tensor.reshape [| -1L; sets; units |] (Dense.product sideBySide x)

    let y =
        Tensor.sumDim 1 (products .* Tensor.unsqueeze 2 layer.Coefficients)
        .+ layer.Bias

    Tensor.unsqueeze 1 (if relu then Tensor.relu y else y)

/// A stack of layers that are sums of sets; `isByRow`: one row of each of many tasks.
let runBlended stack isByRow (layer: int -> BlendedLayer) x =
    x
    |> over stack (fun i relu x ->
        let layer = layer i

        if isByRow then
            oneRow layer relu x
        else
            let weight = sum layer.Coefficients layer.Sets
            Dense.apply { Dense.plain with Relu = relu } weight layer.Bias x)
