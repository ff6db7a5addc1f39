module MtrlFunctional.Tests.Surgery.HullProps

open Expecto
open FsCheck
open FsCheck.FSharp
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

    law "are not longer than Frank and Wolfe's, which shrink" (fun example ->
        let gram = gram example

        let squared steps =
            Gram.squared gram (MinNorm.frankWolfe steps gram)

        let slack = 1e-12 * Gram.largest gram

        [ 0; 1; 2; 5; 20 ]
        |> List.map squared
        |> List.pairwise
        |> List.forall (fun (before, after) -> after <= before + slack)
        && Gram.squared gram (MinNorm.solve gram) <= squared 100 + slack)
]

let ``MGDA`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let direction = combine (Mgda.surgery Mgda.standard) >> fst

    law "makes no task worse" (fun example ->
        let d = direction example
        example.Gradients |> Array.forall (fun g -> dot d g >= dot d d - 1e-9))

    law "is not longer than the shortest gradient" (fun example ->
        let shortest = example.Gradients |> Array.map length |> Array.min
        length (direction example) <= shortest + 1e-9)

    law "does not count a task twice, nor one between others" (fun (example: Example) ->
        let g, h = example.Gradients[0], example.Gradients[1]
        let between = Array.map2 (fun x y -> 0.3 * x + 0.7 * y) g h

        near example (direction example) (direction (add g 1.0 example))
        && near example (direction example) (direction (add between 1.0 example)))

    law "scales with its gradients" (fun (example: Example) ->
        let scaled = scale (Array.create example.Tasks 3.0) example
        near scaled (direction scaled) (Array.map ((*) 3.0) (direction example)))

    law "is stopped by a gradient of zero only if it shall be" (fun (example: Example) ->
        let silent = add (Array.zeroCreate 8) 1.0 example
        let heard = { Mgda.standard with SkipZeroGradients = false }

        near example (direction silent) (direction example)
        && near example (fst (combine (Mgda.surgery heard) silent)) (Array.zeroCreate 8))

    law "of gradients divided by their lengths meets equal terms" (fun (example: Example) ->
        let config = { Mgda.standard with Scale = GradientScale.Length; CombineScaled = true }

        let d = fst (combine (Mgda.surgery config) example)
        let other = scale (Array.init example.Tasks (fun i -> 1.0 + float i)) example
        near example d (fst (combine (Mgda.surgery config) other)))
]

let ``CAGrad`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let direct radius =
        combine (CaGrad.surgery { Radius = radius; Scale = CaGradScale.One }) >> fst

    let mean (example: Example) =
        weigh example (Simplex.middle example.Tasks)

    let worst example d =
        example.Gradients |> Array.map (dot d) |> Array.min

    law "stays on the sphere about the mean gradient" (fun example ->
        [ 0.2; 0.4; 0.9 ]
        |> List.forall (fun radius ->
            let away = Array.map2 (-) (direct radius example) (mean example)
            abs (length away - radius * length (mean example)) < 1e-7))

    law "of radius 0 is the mean gradient" (fun example ->
        near example (direct 0.0 example) (mean example))

    law "helps the worst-off task, the more the wider" (fun example ->
        [ 0.0; 0.2; 0.4; 0.6; 0.8 ]
        |> List.map (fun radius -> worst example (direct radius example))
        |> List.pairwise
        |> List.forall (fun (narrow, wide) -> wide >= narrow - 1e-8))

    // Weak duality holds for all weights; equality proves that both problems are solved.
    law "reaches its dual objective" (fun (example: Example) ->
        let radius = 0.5
        let gram = gram example
        let share = Simplex.middle example.Tasks
        let reach = radius * sqrt (Gram.squared gram share)
        let w = CaGrad.weights gram reach
        let dual = dot (Gram.along gram share) w + reach * sqrt (Gram.squared gram w)
        abs (worst example (direct radius example) - dual) < 1e-8)

    law "is divided as told" (fun example ->
        let under scale =
            fst (combine (CaGrad.surgery { Radius = 0.4; Scale = scale }) example)

        near
            example
            (under CaGradScale.One)
            (under CaGradScale.OnePlusSquare |> Array.map ((*) 1.16))
        && near example (under CaGradScale.One) (under CaGradScale.OnePlus |> Array.map ((*) 1.4)))

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

    law "gives weights, and leaves weights alone" (fun (seed: int64) ->
        let projected = normals (Key.ofSeed seed) 6 |> Simplex.project

        abs (Array.sum projected - 1.0) < 1e-12
        && Array.forall (fun w -> w >= 0.0) projected
        && alike projected (Simplex.project projected))

    // The difference to the projection makes no acute angle with any way into the simplex.
    law "is the closest" (fun (seed: int64) ->
        let x = normals (Key.ofSeed seed) 6
        let projected = Simplex.project x
        let away = Array.map2 (-) x projected
        Array.forall (fun i -> away[i] <= dot away projected + 1e-12) [| 0..5 |])
]

let ``SDMGrad`` = [
    let law name =
        testLaw 100 [ typeof<GeneralPosition> ] name

    law "keeps weights that add up to 1, and combines them with the mean" (fun (example: Example) ->
        let direction, combined = combine (SdmGrad.surgery SdmGrad.standard) example
        let w = SurgeryState.perTask "weights" combined.State
        let expected = w |> Array.map (fun w -> (w + 0.3 / float example.Tasks) / 1.3)

        abs (Array.sum w - 1.0) < 1e-9
        && Array.forall (fun w -> w >= 0.0) w
        && near example direction (weigh example expected))

    // With no pull its fixed point is the shortest vector.
    law "does not leave the shortest vector" (fun (example: Example) ->
        let gram = gram example
        let alpha = MinNorm.solve gram
        let config = { SdmGrad.standard with Lambda = 0.0; Rate = 0.1 }
        let w = SdmGrad.weights config gram.Products alpha
        abs (Gram.squared gram w - Gram.squared gram alpha) < 1e-8 * Gram.largest gram)
]
