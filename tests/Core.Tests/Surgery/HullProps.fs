module MtrlFunctional.Tests.Surgery.HullProps

open Expecto
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open Examples

let ``shortest vectors of hulls`` = [
    let law name =
        testLaw 500 [ typeof<AnyPosition> ] name

    // Weights sum to 1 and no task gains less than the vector is long.
    let isShortest gram (alpha: float[]) =
        let slack = 1e-12 * Gram.largest gram

        Array.forall (fun a -> a >= 0.0) alpha
        && abs (Array.sum alpha - 1.0) < 1e-9
        && Gram.along gram alpha
           |> Array.forall (fun gain -> gain >= Gram.squared gram alpha - slack)

    law "meet the conditions of Karush, Kuhn and Tucker" (fun example ->
        let gram = gram example
        isShortest gram (MinNorm.solve gram))

    law "are found for many tasks in few directions" (fun seed ->
        let gram = gram (random seed 40 3)
        isShortest gram (MinNorm.solve gram))
]

let ``MGDA`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let direction = combine (Mgda.surgery Mgda.standard) >> fst

    law "is stopped by a gradient of zero only if it shall be" (fun (example: Example) ->
        let silent = add (Array.zeroCreate 8) 1.0 example
        let heard = { Mgda.standard with SkipZeroGradients = false }

        near example (direction silent) (direction example)
        && near example (fst (combine (Mgda.surgery heard) silent)) (Array.zeroCreate 8))
]

let ``CAGrad`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let mean (example: Example) =
        weigh example (Simplex.middle example.Tasks)

    let worst example d =
        example.Gradients |> Array.map (dot d) |> Array.min

    law "takes the mean gradient where one is zero" (fun (example: Example) ->
        let silent = add (Array.zeroCreate 8) 1.0 example
        let direction, combined = combine (CaGrad.surgery CaGrad.standard) silent

        // The zero gradient is the worst off, whatever is done, unless another one can be hurt.
        match combined.Diagnostics.Fallback with
        | Some Fallback.Vanishing ->
            near example direction (mean silent |> Array.map (fun x -> x / 1.16))
        | _ -> worst silent direction <= 1e-9)
]

let ``projection onto the simplex`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    // The difference to the projection makes no acute angle with any way into the simplex.
    law "is the closest" (fun (seed: int64) ->
        let x = normals (Key.ofSeed seed) 6
        let projected = Simplex.project x
        let away = Array.map2 (-) x projected
        Array.forall (fun i -> away[i] <= dot away projected + 1e-12) [| 0..5 |])
]
