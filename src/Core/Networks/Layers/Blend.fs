/// Weights computed for each task, W_t = origin + Σ_k c_tk S_k, and parallel stacks of layers. The sum is
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
    /// [1; inputs; units], or [0; inputs; units] for none.
    Origin: Tensor
    /// [tasks; units]
    Bias: Tensor
}

/// Coefficients [tasks; sets] and sets [sets; …] to [tasks; …].
let sum (coefficients: Tensor) (sets: Tensor) =
    let shape = Ops.Shape sets
    let flat = Ops.Reshape(sets, [| shape[0]; -1L |])
    let shape = Array.append [| Ops.Size(coefficients, 0) |] shape[1..]
    Ops.Reshape(Ops.MatMul(coefficients, flat), shape)

/// A stack whose layer `i`, with or without ReLU, is `apply`.
let private over (stack: Layers) (apply: int -> bool -> Tensor -> Tensor) x =
    let step x i =
        let isHidden = i < stack.Hidden.Length
        let relu = isHidden && stack.Activation = Relu
        let y = apply i relu x

        if isHidden && not relu then
            Mlp.activate stack.Activation y
        else
            y

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
        Ops.Size(layer.Sets, 0), Ops.Size(layer.Sets, 1), Ops.Size(layer.Sets, 2)

    let x = Ops.Reshape(x, [| -1L; inputs |])

    let sideBySide =
        Ops.Reshape(Ops.Transpose(layer.Sets, 0L, 1L), [| inputs; sets * units |])

    let products = Ops.Reshape(Dense.product sideBySide x, [| -1L; sets; units |])

    let sum =
        Ops.SumDim(products .* Ops.Unsqueeze(layer.Coefficients, 2L), 1L, false)
        .+ layer.Bias

    let y =
        if Ops.Size(layer.Origin, 0) = 0L then
            sum
        else
            sum .+ Dense.product (Ops.Reshape(layer.Origin, [| inputs; units |])) x

    Ops.Unsqueeze((if relu then Ops.Relu y else y), 1L)

/// A stack of layers that are sums of sets; `isByRow`: one row of each of many tasks.
let runBlended stack isByRow (layer: int -> BlendedLayer) x =
    x
    |> over stack (fun i relu x ->
        let layer = layer i

        if isByRow then
            oneRow layer relu x
        else
            let weight = sum layer.Coefficients layer.Sets

            let weight =
                if Ops.Size(layer.Origin, 0) = 0L then
                    weight
                else
                    weight .+ layer.Origin

            Dense.apply { Dense.plain with Relu = relu } weight layer.Bias x)
