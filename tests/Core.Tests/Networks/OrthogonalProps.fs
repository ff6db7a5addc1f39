module MtrlFunctional.Tests.Networks.OrthogonalProps

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets


/// The output of an expert for a made-up row, given the outputs before it.
type Output =
    | Zero
    | Drawn of int
    /// A multiple of the one before it.
    | Multiple of float
    /// The sum of all before it.
    | Sum

let ``orthogonal experts`` = [
    let law name = testLaw 50 [] name

    let orthogonal experts =
        Orthogonal.layer { Experts = experts; Expert = Spec.layers 1 6 5 }

    // v_i · v_j of one row, [experts; experts], from outputs [experts; 1; width].
    let products (u: Tensor) =
        let v = Tensor.squeeze 1 (Tensor.cat 0 (List.toArray (Orthogonal.basis u)))
        let size = int (Tensor.size 0 v)

        Tensor.toDoubles (Tensor.matMul v (Tensor.transpose 0 1 v))
        |> Array.chunkBySize size

    let row (vectors: float list list) =
        Tensor.ofDoubles
            [| int64 vectors.Length; 1L; int64 vectors.Head.Length |]
            (vectors |> List.concat |> List.toArray)

    let unit' i j = if i = j then 1.0 else 0.0

    let vectors outputs =
        let next before output =
            let zero = List.replicate 6 0.0

            let vector =
                match output, before with
                | Drawn seed, _ -> [ for i in 1..6 -> sin (float ((seed % 97 + 1) * i * i)) ]
                | Multiple factor, last :: _ when System.Double.IsFinite factor ->
                    last |> List.map (fun x -> x * (factor % 3.0))
                | Sum, _ -> before |> List.fold (List.map2 (+)) zero
                | _ -> zero

            vector :: before

        outputs |> List.fold next [] |> List.rev

    // Zero, parallel and dependent outputs: dependent ones become 0, the others stay orthonormal, and all
    // gradients are finite.
    testLaw
        300
        []
        "have outputs 0 where they are linearly dependent"
        (fun (NonEmptyArray(outputs: Output[])) ->
            let outputs = outputs |> Array.truncate 5 |> Array.toList
            let u = Tensor.leaf (row (vectors outputs))
            let found = products u

            let loss = Orthogonal.basis u |> List.map Tensor.sum |> List.reduce (.+)
            let gradients = Tensor.grad [| u |] loss
            let gradient = Tensor.toDoubles gradients[0]

            let isIndependent i = found[i][i] > 0.5

            Array.forall System.Double.IsFinite gradient
            && gradient |> Array.forall (fun g -> abs g < 1e4)
            && found
               |> Array.mapi (fun i ->
                   Array.mapi (fun j p -> abs (p - (if isIndependent i then unit' i j else 0.0))))
               |> Array.concat
               |> Array.max
                <
                1e-6
            && List.indexed outputs
               |> List.forall (fun (i, output) ->
                   match output with
                   | Zero
                   | Multiple _
                   | Sum -> not (isIndependent i)
                   | Drawn _ -> true))

    testCase "all change within three updates" (fun () ->
        unchanged 3 (build 4 (orthogonal 3)) |> isEmpty)
]
