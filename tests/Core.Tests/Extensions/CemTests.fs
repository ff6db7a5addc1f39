module MtrlFunctional.Tests.Extensions.CemTests

open Expecto
open MtrlFunctional.Cadm
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Extensions.CadmExamples
open MtrlFunctional.Tests.Algorithms.Examples

let ``the cross-entropy method`` = [
    let config = { plan with Candidates = 200; Horizon = 4; Iterations = 12; Elites = 20 }

    let noise seed actions =
        Draw.normal double (Key.ofSeed seed) [|
            int64 config.Iterations
            int64 config.Horizon
            actions
            int64 config.Candidates
        |]

    // −Σ (x − target)² over steps and actions.
    let quadratic (target: float[]) actions (sequences: Tensor) =
        let target =
            TensorOptions.fromDoubles double target [| int64 config.Horizon; actions; 1L |]

        -1.0 *. Tensor.sumDim 0 (Tensor.sumDim 0 (Tensor.square (sequences .- target)))

    testCase "finds the maximum of a quadratic within the bounds" (fun () ->
        let target = [| 0.3; -0.8; 0.0; 0.55; -0.2; 2.0; -3.0; 0.9 |]

        let plan =
            quadratic target 2L
            |> Cem.plan config (ActionSpace.Box 2) (noise 1L 2L)
            |> Tensor.toDoubles

        let expected = target |> Array.map (max -1.0 >> min 1.0)
        plan |> areWithin 0.05 expected
        plan |> Seq.iter (isInRange -1.0 1.0))

    testCase "finds the best choices" (fun () ->
        let best = [| 2; 0; 1; 2 |]

        let target =
            best
            |> Array.collect (fun b -> [| for i in 0..2 -> if i = b then 1.0 else 0.0 |])

        let plan =
            quadratic target 3L
            |> Cem.plan config (ActionSpace.Discrete 3) (noise 2L 3L)
            |> Tensor.toDoubles

        plan |> equals target)

    testCase "is a function of its noise" (fun () ->
        let returns = quadratic [| 0.1; 0.2; 0.3; 0.4 |] 1L

        let plan seed =
            Cem.plan config (ActionSpace.Box 1) (noise seed 1L) returns |> Tensor.toDoubles

        plan 3L |> equals (plan 3L)
        plan 4L |> differsFrom (plan 3L))

    testCase "keeps no candidate whose return is not finite" (fun () ->
        let returns = [| 1.0; nan; 3.0; -infinity; 3.0; infinity; nan |]
        Cem.elites 3 returns |> equals [| 2L; 4L; 0L |]
        Cem.elites 7 returns |> equals [| 2L; 4L; 0L; 1L; 3L; 5L; 6L |])
]
