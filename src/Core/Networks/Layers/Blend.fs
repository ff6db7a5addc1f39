/// Weights computed for each task, W_t = Σ_k c_tk S_k, and parallel stacks of layers with given
/// weights. The sum is one product for all tasks, a layer is one product batched over the tasks, so that
/// K sets cost little more than one as long as a task has many more rows than there are sets.
module internal MtrlFunctional.Networks.Blend

open MtrlFunctional.Tensors

/// Coefficients [tasks; sets] and sets [sets; …] to [tasks; …].
let sum (coefficients: Tensor) (sets: Tensor) =
    let shape = Ops.Shape sets
    let flat = Ops.Reshape(sets, [| shape[0]; -1L |])
    let shape = Array.append [| Ops.Size(coefficients, 0) |] shape[1..]
    Ops.Reshape(Ops.MatMul(coefficients, flat), shape)

/// Rows [count; rows; inputs], or the same [rows; inputs] for all, through `count` parallel stacks;
/// `layer i` gives the weights [count; inputs; units] and biases [count; units] of each layer.
let run (stack: Layers) (layer: int -> Tensor * Tensor) (x: Tensor) =
    let step x i =
        let isHidden = i < stack.Hidden.Length
        let relu = isHidden && stack.Activation = Relu
        let weight, bias = layer i
        let y = Dense.apply { Dense.plain with Relu = relu } weight bias x

        if isHidden && not relu then
            Mlp.activate stack.Activation y
        else
            y

    List.fold step x [ 0 .. stack.Hidden.Length ]
