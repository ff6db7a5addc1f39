module MtrlFunctional.Tests.Tensors.TensorTests

open Expecto
open System.Threading
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let ``a function of tensors`` = [
    testCase "copies where it joins one tensor" (fun () ->
        let x = Tensor.ofDoubles [| 2L |] [| 1.0; 2.0 |]
        let joined = Tensor.cat 0 [| x |]
        x.zero_ () |> ignore
        Tensor.toDoubles joined |> equals [| 1.0; 2.0 |])
]

/// Draws are functions of their key and shape.
let ``a draw`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    let shape = [| 100L; 101L |]

    let numbers seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        Draw.normal double (Key.ofSeed seed) shape |> Tensor.toDoubles

    testCase "has the same bits again, on any thread" (fun () ->
        let first, other = numbers System.Int64.MaxValue, numbers 1L
        let mutable elsewhere = [||]
        let thread = Thread(fun () -> elsewhere <- numbers System.Int64.MaxValue)
        thread.Start()
        thread.Join()
        numbers System.Int64.MaxValue |> equals first
        elsewhere |> equals first
        other |> differsFrom first)

    testCase "of normal numbers has mean 0 and variance 1" (fun () ->
        let x = numbers 5L
        Array.average x |> isWithin 0.05 0.0
        x |> Array.averageBy (fun x -> x * x) |> isWithin 0.05 1.0)

    testCase "of uniform numbers fills its range" (fun () ->
        let x = Draw.uniform double 2.5 (Key.ofSeed 5L) shape |> Tensor.toDoubles
        x |> Seq.iter (isInRange -2.5 2.5)
        Array.average x |> isWithin 0.05 0.0
        Array.max x - Array.min x |> isAbove 4.9)
]
