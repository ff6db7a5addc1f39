module MtrlFunctional.Tests.Tensors.TensorTests

open Expecto
open System.Threading
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// The numbers that a function gives of [1 2 3; 4 5 6] and [3 2 1].
type private Case = { Function: string; Of: Tensor -> Tensor -> Tensor; Gives: float[] }

/// What the order of arguments could confuse.
let ``a function of tensors`` = [
    let cases = [
        let case name f gives = { Function = name; Of = f; Gives = List.toArray gives }
        case "+" (fun x y -> x .+ y) [ 4; 4; 4; 7; 7; 7 ]
        case "-" (fun x y -> x .- y) [ -2; 0; 2; 1; 3; 5 ]
        case "/" (fun x y -> x ./ y) [ 1.0 / 3.0; 1; 3; 4.0 / 3.0; 2.5; 6 ]
        case "a number times" (fun x _ -> 2.0 *. x) [ 2; 4; 6; 8; 10; 12 ]
        case "a number plus" (fun x _ -> 1.0 +. x) [ 2; 3; 4; 5; 6; 7 ]
        case "divScalar" (fun x _ -> Tensor.divScalar 2.0 x) [ 0.5; 1; 1.5; 2; 2.5; 3 ]
        case "pow" (fun x _ -> Tensor.pow 2.0 x) [ 1; 4; 9; 16; 25; 36 ]
        case "clamp" (fun x _ -> Tensor.clamp 2.0 5.0 x) [ 2; 2; 3; 4; 5; 5 ]
        case "clampMin" (fun x _ -> Tensor.clampMin 3.0 x) [ 3; 3; 3; 4; 5; 6 ]
        case "clampMax" (fun x _ -> Tensor.clampMax 3.0 x) [ 1; 2; 3; 3; 3; 3 ]
        case "minimum" Tensor.minimum [ 1; 2; 1; 3; 2; 1 ]
        case "maximum" Tensor.maximum [ 3; 2; 3; 4; 5; 6 ]
        case "greater" Tensor.greater [ 0; 0; 1; 1; 1; 1 ]
        case "greaterOrEqual" Tensor.greaterOrEqual [ 0; 1; 1; 1; 1; 1 ]
        case "isPositive" (fun x y -> Tensor.isPositive (x .- y)) [ 0; 0; 1; 1; 1; 1 ]
        case "less" Tensor.less [ 1; 0; 0; 0; 0; 0 ]
        case "equal" Tensor.equal [ 0; 1; 0; 0; 0; 0 ]

        case "where" (fun x y -> Tensor.where (Tensor.greater x y) x (Tensor.zerosLike x)) [
            0
            0
            3
            4
            5
            6
        ]

        case "fullLike" (fun _ y -> Tensor.fullLike 7.0 y) [ 7; 7; 7 ]

        case "full" (fun _ y -> Tensor.full (Tensor.scalarType y) Libtorch.Cpu 7.0 [| 2L |]) [
            7
            7
        ]

        case "narrow" (fun x _ -> Tensor.narrow 1 1L 2L x) [ 2; 3; 5; 6 ]
        case "select" (fun x _ -> Tensor.select 0 1L x) [ 4; 5; 6 ]
        case "unbind" (fun x _ -> (Tensor.unbind -1 x)[2]) [ 3; 6 ]
        case "transpose" (fun x _ -> Tensor.transpose 0 1 x) [ 1; 4; 2; 5; 3; 6 ]

        case "reshape" (fun x _ -> x |> Tensor.reshape [| 3L; -1L |] |> Tensor.sumDim 1) [
            3
            7
            11
        ]

        case "expand" (fun _ y -> Tensor.expand [| 2L; -1L |] y) [ 3; 2; 1; 3; 2; 1 ]

        case
            "indexSelect"
            (fun x _ -> Tensor.indexSelect 1 (Tensor.ofLongs [| 2L |] [| 2L; 0L |]) x)
            [ 3; 1; 6; 4 ]

        case "take" (fun x _ -> Tensor.take 1 [| 2L; 0L |] x) [ 3; 1; 6; 4 ]
        case "slice" (fun _ y -> Tensor.slice 1L [| 2L; 1L |] y) [ 2; 1 ]
        case "cat" (fun x y -> Tensor.cat 0 [| y; Tensor.select 0 0L x |]) [ 3; 2; 1; 1; 2; 3 ]
        case "stack" (fun x y -> Tensor.stack 1 [| y; Tensor.select 0 0L x |]) [ 3; 1; 2; 2; 1; 3 ]

        case "flatten" (fun x y -> Tensor.flatten [| y; Tensor.transpose 0 1 x |]) [
            3
            2
            1
            1
            4
            2
            5
            3
            6
        ]

        case "unsqueeze" (fun x y -> Tensor.unsqueeze 1 (Tensor.select 1 0L x) .* y) [
            3
            2
            1
            12
            8
            4
        ]

        case "sumDim" (fun x _ -> Tensor.sumDim 0 x) [ 5; 7; 9 ]
        case "meanDim" (fun x _ -> Tensor.meanDim -1 x) [ 2; 5 ]
        case "maxDimKept" (fun x _ -> Tensor.maxDimKept 1 x) [ 3; 6 ]
        case "isLargest" (fun _ y -> Tensor.isLargest y) [ 1; 0; 0 ]
        case "a kept dimension" (fun x _ -> x .- Tensor.meanDimKept 1 x) [ -1; 0; 1; -1; 0; 1 ]
        case "matMul" (fun x y -> Tensor.matMul x (Tensor.unsqueeze 1 y)) [ 10; 28 ]

        case "layerNorm" (fun x y -> Tensor.layerNorm 0.0 y (Tensor.zerosLike y) x) [
            -3.0 * sqrt 1.5
            0
            sqrt 1.5
            -3.0 * sqrt 1.5
            0
            sqrt 1.5
        ]

        case "softmax" (fun _ y -> y |> Tensor.log |> Tensor.softmax 0) [
            0.5
            1.0 / 3.0
            1.0 / 6.0
        ]
    ]

    let names = [ for case in cases -> case.Function ]

    testTheory "takes its arguments in their order" names (fun name ->
        let case = cases |> List.find (fun case -> case.Function = name)
        let x = Tensor.ofDoubles [| 2L; 3L |] [| 1.0 .. 6.0 |]
        let y = Tensor.ofDoubles [| 3L |] [| 3.0; 2.0; 1.0 |]

        Tensor.toDoubles (case.Of x y) |> areWithin 1e-12 case.Gives)

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
