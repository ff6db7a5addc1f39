namespace Benchmarks

open BenchmarkDotNet.Attributes
open MtrlFunctional.Tensors
open TorchSharp

/// The products of a dense layer of the papers' size and of its gradients: what libtorch multiplies by itself, and oneDNN by
/// libtorch's C interface.
type DenseProducts() =
    let rows, columns = 1280, 400
    let x, g = Inputs.normal "x" [ rows; columns ], Inputs.normal "g" [ rows; columns ]
    let weight = Inputs.normal "weight" [ columns; columns ]
    let mutable multiply = ignore

    [<Params("libtorch", "oneDNN")>]
    member val Library = "" with get, set

    [<Params("result", "gradient of the input", "gradient of the weight")>]
    member val Product = "" with get, set

    [<Params("fp32", "bf16")>]
    member val Numbers = "" with get, set

    [<Params(1, 2)>]
    member val Threads = 1 with get, set

    [<GlobalSetup>]
    member this.Setup() =
        Libtorch.SetThreads this.Threads

        let ofType (tensor: Tensor) =
            if this.Numbers = "bf16" then
                Tensor.toType ScalarType.BFloat16 tensor
            else
                tensor

        let x, g, weight = ofType x, ofType g, ofType weight

        let left, right =
            match this.Product with
            | "result" -> x, weight
            | "gradient of the input" -> g, weight.transpose (0, 1)
            | _ -> x.transpose (0, 1), g

        multiply <-
            match this.Library with
            | "libtorch" -> fun () -> left.mm(right).Dispose()
            | _ -> fun () -> OneDnn.Linear(left, right.transpose (0, 1), null).Dispose()

    [<Benchmark>]
    member _.Multiply() = multiply ()
