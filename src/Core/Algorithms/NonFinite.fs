namespace MtrlFunctional.Algorithms

open System
open MtrlFunctional.Tensors

/// A number that is NaN or infinite, with its tensor and index.
type internal NonFinite = {
    /// "critic/trunk/0/weight".
    Name: string
    /// One index for each dimension.
    Index: int64 list
    Number: float
}

/// The search for numbers that are not finite.
module internal NonFinite =
    let private isReal (x: Tensor) =
        match Tensor.scalarType x with
        | ScalarType.Float32
        | ScalarType.Float64
        | ScalarType.BFloat16 -> true
        | _ -> false

    /// The sums of tensors on one device and of one element type. A GPU takes less time for one long vector than for
    /// many kernels.
    let private sums tensors =
        let sum x =
            Tensor.toType ScalarType.Float64 (Tensor.sum x)

        match tensors with
        | first :: _ when not (Libtorch.IsCpu(Tensor.device first)) ->
            sum (Tensor.flatten (Array.ofList tensors))
        | _ -> Tensor.stack 0 [| for x in tensors -> sum x |]

    /// Whether the sums of all tensors are finite: then all numbers are. One transfer for each device and
    /// element type.
    [<CompiledName("SumsAreFinite")>]
    let sumsAreFinite (tensors: seq<Tensor>) =
        Tensors.constant (fun _ -> Seq.empty) (fun () ->
            tensors
            |> Seq.filter isReal
            |> List.ofSeq
            |> List.groupBy (fun x -> string (Tensor.device x), Tensor.scalarType x)
            |> List.forall (fun (_, tensors) ->
                sums tensors |> Tensor.toDoubles |> Array.forall Double.IsFinite))

    /// The index, in each dimension, of a position in row-major order.
    let private index (shape: int64[]) (position: int) =
        Array.mapFoldBack (fun size rest -> rest % size, rest / size) shape (int64 position)
        |> fst
        |> List.ofArray

    /// The first number that is not finite, in the order of the tensors.
    [<CompiledName("Find")>]
    let find (named: seq<string * Tensor>) : NonFinite option =
        named
        |> Seq.filter (snd >> isReal)
        |> Seq.tryPick (fun (name, x) ->
            let numbers = Tensor.toDoubles x

            numbers
            |> Array.tryFindIndex (Double.IsFinite >> not)
            |> Option.map (fun position -> {
                Name = name
                Index = index (Tensor.shape x) position
                Number = numbers[position]
            }))

    /// "critic/trunk/0/weight is NaN at [3; 17]".
    [<CompiledName("Describe")>]
    let describe found =
        let number =
            if Double.IsNaN found.Number then "NaN"
            elif found.Number > 0.0 then "infinity"
            else "−infinity"

        let indices = found.Index |> List.map string |> String.concat "; "
        let at = if found.Index.IsEmpty then "" else $" at [{indices}]"
        $"{found.Name} is {number}{at}"
