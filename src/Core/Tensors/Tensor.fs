namespace MtrlFunctional.Tensors

open TorchSharp

/// An array of numbers with a shape, an element type and a device. It lives until its scope ends.
type Tensor = torch.Tensor

/// Element type of a tensor: Float32 for training, Float64 for verification, Int64 for indices, Byte for pixels, Bool.
type ScalarType = torch.ScalarType

/// Operators element by element; shapes broadcast. A dot is on the side of a tensor, no dot on the side of
/// a number.
[<AutoOpen>]
module Arithmetic =
    let (.+) (x: Tensor) (y: Tensor) = Scalars.Add(x, y)
    let (.-) (x: Tensor) (y: Tensor) = x.sub y
    let (.*) (x: Tensor) (y: Tensor) = x.mul y
    let (./) (x: Tensor) (y: Tensor) = x.div y
    let ( *. ) (k: float) (x: Tensor) = Scalars.Times(x, k)
    let (+.) (k: float) (x: Tensor) = Scalars.Plus(x, k)

/// TorchSharp's operations as functions, the tensor last: `x |> Tensor.narrow 0 first count |> Tensor.sum`.
///
/// Results belong to the innermost dispose scope of the thread, or to the caller. Dimensions count from 0, or back from −1. An
/// error of libtorch (shapes, types, devices, memory) is an ExternalException with its message.
[<RequireQualifiedAccess>]
module Tensor =
    let private withNumber (k: float) (operation: Scalar -> Tensor) = Scalars.With(k, operation)

    // New tensors.

    let internal zeros (scalarType: ScalarType) device (shape: int64[]) =
        Libtorch.Require()
        torch.zeros (shape, scalarType, device)

    /// Elements without values.
    let empty (scalarType: ScalarType) device (shape: int64[]) =
        Libtorch.Require()
        torch.empty (shape, scalarType, device)

    let internal full (scalarType: ScalarType) device (value: float) (shape: int64[]) =
        Libtorch.Require()
        withNumber value (fun value -> torch.full (shape, value, scalarType, device))

    /// Zeros of the shape, element type and device of another tensor.
    let zerosLike (like: Tensor) =
        torch.zeros (like.shape, like.dtype, like.device)

    let internal fullLike value (like: Tensor) =
        full like.dtype like.device value like.shape

    /// Row-major numbers in main memory.
    let ofFloats shape (values: float32[]) = TensorMemory.FromFloats(values, shape)
    let internal ofDoubles shape (values: float[]) = TensorMemory.FromDoubles(values, shape)
    let ofLongs shape (values: int64[]) = TensorMemory.FromLongs(values, shape)

    // Numbers of tensors.

    /// The one element.
    let item (x: Tensor) = TensorMemory.ToNumber x

    /// All elements in row-major order.
    let toFloats (x: Tensor) = TensorMemory.ToFloats x
    let toDoubles (x: Tensor) = TensorMemory.ToDoubles x
    let internal toLongs (x: Tensor) = TensorMemory.ToLongs x

    // Types, devices, gradients.

    let scalarType (x: Tensor) = x.dtype
    let internal device (x: Tensor) = x.device

    /// The same tensor where it has the type already.
    let toType (scalarType: ScalarType) (x: Tensor) = x.to_type scalarType

    /// The same tensor where it is on the device already.
    let internal toDevice (device: torch.Device) (x: Tensor) = x.``to`` device
    let clone (x: Tensor) = x.clone ()
    let contiguous (x: Tensor) = x.contiguous ()

    /// The same memory outside the recorded computation.
    let detach (x: Tensor) = x.detach ()

    /// The same memory as a leaf: gradients with respect to it are recorded.
    let internal leaf (x: Tensor) = x.detach().requires_grad_ true

    /// Gradients of a scalar, zeros for an input that it does not depend on. Frees the graph.
    let internal grad (inputs: Tensor[]) (loss: Tensor) =
        Gradients.Of([| loss |], inputs, [||], retain = false, create = false)

    /// `grad`, which keeps the graph for another call.
    let internal gradRetained (inputs: Tensor[]) (loss: Tensor) =
        Gradients.Of([| loss |], inputs, [||], retain = true, create = false)

    /// `grad`, whose result can itself be differentiated.
    let internal gradGraph (inputs: Tensor[]) (loss: Tensor) =
        Gradients.Of([| loss |], inputs, [||], retain = true, create = true)

    /// Gradients of Σ weight · output.
    let internal gradWeighted (weight: Tensor) (inputs: Tensor[]) (output: Tensor) =
        Gradients.Of([| output |], inputs, [| weight |], retain = false, create = false)

    // Shapes and selection. Views share memory with their source; gradients flow through all.

    let shape (x: Tensor) = x.shape

    let size dimension (x: Tensor) =
        let shape = x.shape

        shape[if dimension < 0 then
                  shape.Length + dimension
              else
                  dimension]

    let internal count (x: Tensor) = x.numel ()

    /// −1 is inferred from the other sizes. A view where possible.
    let reshape (shape: int64[]) (x: Tensor) = x.reshape shape

    /// A view that repeats dimensions of size 1; −1 leaves a dimension as it is.
    let expand (shape: int64[]) (x: Tensor) = x.expand shape
    let unsqueeze (dimension: int) (x: Tensor) = x.unsqueeze (int64 dimension)
    let squeeze (dimension: int) (x: Tensor) = x.squeeze (int64 dimension)

    let transpose (first: int) (second: int) (x: Tensor) = x.transpose (int64 first, int64 second)

    /// A view of `length` entries of a dimension.
    let narrow (dimension: int) (start: int64) (length: int64) (x: Tensor) =
        x.narrow (int64 dimension, start, length)

    /// A view of one entry of a dimension, without that dimension.
    let select (dimension: int) (index: int64) (x: Tensor) = x.select (int64 dimension, index)

    /// Views of all entries of a dimension. Their gradients are joined in one copy; gradients of `select` are summed.
    let unbind (dimension: int) (x: Tensor) = x.unbind dimension

    /// Entries of a dimension by index (Int64, [n]).
    let internal indexSelect (dimension: int) (index: Tensor) (x: Tensor) =
        x.index_select (int64 dimension, index)

    /// Entries of a dimension by index, on the device of the tensor.
    let take (dimension: int) (indices: int64[]) (x: Tensor) =
        let index = TensorMemory.FromLongs(indices, [| indices.LongLength |])
        indexSelect dimension (toDevice x.device index) x

    /// A copy, of one tensor too.
    let cat (dimension: int) (tensors: Tensor[]) =
        match tensors with
        | [| single |] -> single.clone ()
        | _ -> torch.cat (tensors, int64 dimension)

    /// Along a new dimension.
    let stack (dimension: int) (tensors: Tensor[]) = torch.stack (tensors, int64 dimension)

    /// All numbers in row-major order as one vector; of one contiguous tensor a view.
    [<CompiledName("Flatten")>]
    let internal flatten (tensors: Tensor[]) =
        match tensors with
        | [| single |] -> single.reshape -1L
        | _ ->
            let rows = tensors |> Array.map (fun x -> x.reshape -1L)
            let flat = torch.cat (rows, 0L)

            for row in rows do
                row.Dispose()

            flat

    // Reductions. Those with `Kept` leave the dimension with size 1.

    let sum (x: Tensor) = x.sum ()
    let mean (x: Tensor) = x.mean ()

    /// The Euclidean norm of all elements.
    let internal norm (x: Tensor) = x.norm ()
    let internal sumDim (dimension: int) (x: Tensor) = x.sum (int64 dimension, false)
    let sumDimKept (dimension: int) (x: Tensor) = x.sum (int64 dimension, true)
    let internal meanDim (dimension: int) (x: Tensor) = x.mean ([| int64 dimension |], false)
    let meanDimKept (dimension: int) (x: Tensor) = x.mean ([| int64 dimension |], true)

    /// Largest elements; ties share the gradient.
    let maxDimKept (dimension: int) (x: Tensor) = x.amax ([| int64 dimension |], true)


    // Element by element.

    let internal neg (x: Tensor) = x.neg ()
    let exp (x: Tensor) = x.exp ()
    let internal log (x: Tensor) = x.log ()
    let internal abs (x: Tensor) = x.abs ()
    let sqrt (x: Tensor) = x.sqrt ()
    let square (x: Tensor) = Scalars.Square x
    let internal pow (exponent: float) (x: Tensor) = withNumber exponent x.pow
    let tanh (x: Tensor) = x.tanh ()
    let relu (x: Tensor) = x.relu ()

    /// log(1 + exp x); x itself above 20, as PyTorch does.
    let softplus (x: Tensor) = Scalars.Softplus x

    let internal softmax (dimension: int) (x: Tensor) = x.softmax (int64 dimension)
    let internal logSoftmax (dimension: int) (x: Tensor) = x.log_softmax (int64 dimension)
    let internal divScalar (k: float) (x: Tensor) = Scalars.Over(x, k)

    /// Limited to [low, high]; outside, the gradient is 0.
    let clamp low high (x: Tensor) =
        withNumber low (fun low -> withNumber high (fun high -> x.clamp (low, high)))

    let clampMin low (x: Tensor) =
        withNumber low (fun low -> x.clamp (min = low))

    let internal clampMax high (x: Tensor) =
        withNumber high (fun high -> x.clamp (max = high))

    let minimum (x: Tensor) (y: Tensor) = x.minimum y
    let internal maximum (x: Tensor) (y: Tensor) = x.maximum y

    /// x where a Boolean condition holds, y elsewhere.
    let where (condition: Tensor) (x: Tensor) (y: Tensor) = torch.where (condition, x, y)

    // Comparisons: Boolean tensors.

    let internal equal (x: Tensor) (y: Tensor) = x.eq y
    let internal greater (x: Tensor) (y: Tensor) = x.gt y
    let greaterOrEqual (x: Tensor) (y: Tensor) = x.ge y
    let internal less (x: Tensor) (y: Tensor) = x.lt y
    let isPositive (x: Tensor) = Scalars.IsPositive x

    /// Whether a number is the largest of the last dimension; of equal ones the first is.
    let internal isLargest (x: Tensor) =
        let indices = Array.init (int (size -1 x)) int64
        let indices = ofLongs [| indices.LongLength |] indices |> toDevice x.device
        indices.eq (x.argmax (-1L, true))

    // Products, and what layers are made of.

    /// Of the last two dimensions, the others broadcast.
    let matMul (x: Tensor) (y: Tensor) = Products.MatMul(x, y)

    /// [b, n, k] × [b, k, m] → [b, n, m].
    let bmm (x: Tensor) (y: Tensor) = x.bmm y

    /// The last dimension, [n], with mean 0 and variance 1, then scaled by `gain` [n] and shifted by `shift` [n].
    let internal layerNorm epsilon (gain: Tensor) (shift: Tensor) (x: Tensor) =
        torch.nn.functional.layer_norm (x, gain.shape, gain, shift, epsilon)
