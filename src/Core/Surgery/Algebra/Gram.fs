namespace MtrlFunctional.Surgery

open System
open MtrlFunctional.Tensors

/// The products ⟨g_i, g_j⟩ of all pairs of task gradients, computed in the gradients' element type. Nearly every method
/// depends on the gradients through this matrix only: 500,000 parameters cost as little as five.
type Gram = {
    Size: int
    /// [size; size], row by row; symmetric.
    Products: float[]
    /// Relative error with which lengths and products were computed.
    Rounding: float
} with

    member this.Item(i, j) = this.Products[i * this.Size + j]

/// Making and reading products.
module Gram =
    /// Rows of so few numbers are multiplied here.
    [<Literal>]
    let private Short = 1024L

    /// [rows of x; rows of y]: the product of each row of `x` with each row of `y`. Short rows are summed in their order, so that
    /// methods that amplify the last bits find the same on every processor.
    let internal products (x: Tensor) (y: Tensor) =
        let length = Tensor.size 1 x

        if 0L < length && length <= Short && Tensor.scalarType x = ScalarType.Float64 then
            let rows tensor =
                Tensor.toDoubles tensor |> Array.chunkBySize (int length)

            Array.allPairs (rows x) (rows y)
            |> Array.map (fun (x, y) -> Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y)
        else
            Tensor.toDoubles (Tensor.matMul x (Tensor.transpose 0 1 y))

    /// Products of the rows of [tasks; parameters]. A row with a number that is not finite affects
    /// its own products only.
    let ofRows (rows: Tensor) = {
        Size = int (Tensor.size 0 rows)
        Products = products rows rows
        Rounding =
            if Tensor.scalarType rows = ScalarType.Float64 then
                1e-15
            else
                1e-6
    }

    /// Products known already, exact to the last bits.
    let internal ofProducts size products = { Size = size; Products = products; Rounding = 1e-15 }

    /// ‖g_i‖.
    let length (gram: Gram) i = sqrt (max 0.0 gram[i, i])

    let lengths (gram: Gram) = Array.init gram.Size (length gram)

    /// The largest ‖g_i‖², at least 0.
    let internal largest (gram: Gram) =
        Seq.fold (fun most i -> max most gram[i, i]) 0.0 (seq { 0 .. gram.Size - 1 })

    /// ⟨g_i, Σ α_j g_j⟩ for each task: what a step along the combination gains it.
    let along (gram: Gram) (alpha: float[]) =
        Array.init gram.Size (fun i ->
            let mutable sum = 0.0

            for j in 0 .. gram.Size - 1 do
                sum <- sum + gram[i, j] * alpha[j]

            sum)

    /// ‖Σ α_i g_i‖².
    let internal squared gram (alpha: float[]) =
        Array.fold2 (fun sum a b -> sum + a * b) 0.0 alpha (along gram alpha)

    /// The products of some tasks' gradients, in the given order.
    let internal narrow (tasks: int[]) (gram: Gram) = {
        gram with
            Size = tasks.Length
            Products = [|
                for i in tasks do
                    for j in tasks -> gram[i, j]
            |]
    }

    /// The tasks whose gradients are not zero.
    let internal nonZero (gram: Gram) = [|
        for i in 0 .. gram.Size - 1 do
            if gram[i, i] > 0.0 then
                i
    |]

    /// Numbers of some of `size` tasks as numbers of all; the others get 0.
    let internal widen size (tasks: int[]) (numbers: float[]) =
        let all = Array.zeroCreate size
        Array.iter2 (fun task number -> all[task] <- number) tasks numbers
        all

    /// As if each gradient had been multiplied by its factor.
    let internal scale (factors: float[]) (gram: Gram) = {
        gram with
            Products =
                Array.mapi
                    (fun at x -> x * factors[at / gram.Size] * factors[at % gram.Size])
                    gram.Products
    }
