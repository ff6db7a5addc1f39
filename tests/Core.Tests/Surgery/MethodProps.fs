module MtrlFunctional.Tests.Surgery.MethodProps

open Expecto
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

let ``PCGrad`` = [
    let law name =
        testLaw 300 [ typeof<GeneralPosition> ] name

    law "meets each other task once, in an order that is not always the same" (fun seed ->
        let order = TaskOrder.drawn 6 (Key.ofSeed seed)
        let other = TaskOrder.drawn 6 (Key.ofSeed (seed + 1L))

        (order
         |> Array.indexed
         |> Array.forall (fun (i, met) -> Array.sort met = (Array.init 6 id |> Array.except [ i ])))
        && order <> other)
]

let ``auxiliary losses gated by cosine`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let coefficients weighted example =
        (solution (CosineGate.surgery { Main = [ 0; 1 ]; Weighted = weighted }) example)
            .Coefficients

    law "pass by how much they agree with the main tasks" (fun (example: Example) ->
        let main = Array.map2 (+) example.Gradients[0] example.Gradients[1]

        let cosines =
            example.Gradients |> Array.map (fun g -> dot g main / (length g * length main))

        let expected pass =
            cosines |> Array.mapi (fun i c -> if i < 2 then 1.0 else pass c)

        alike (expected (max 0.0)) (coefficients true example)
        && expected (fun c -> if c >= 0.0 then 1.0 else 0.0) = coefficients false example)
]

let ``weights of losses`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let coefficients surgery example = (solution surgery example).Coefficients

    law "of RLW are new for a new key" (fun (example: Example) ->
        coefficients Rlw.surgery example
        <> coefficients Rlw.surgery { example with Seed = example.Seed + 1L })

    // Two epochs of two updates are one of DWA's; the third then differs.
    testCase "of DWA change once an epoch" (fun () ->
        let surgery = Dwa.surgery { Dwa.paper with Epoch = 2 }
        let example = random 5L 2 3

        let step (state, _) losses =
            let _, combined = combineFrom surgery state { example with Losses = losses }
            combined.State, combined.Diagnostics.Coefficients

        let weights =
            [
                [| 1.0; 1.0 |]
                [| 3.0; 3.0 |]
                [| 1.0; 2.0 |]
                [| 1.0; 2.0 |]
                [| 9.0; 9.0 |]
            ]
            |> List.scan step (surgery.Start 2, [||])
            |> List.map snd

        let expected = Dwa.weights Dwa.paper [| 2.0; 2.0 |] [| 1.0; 2.0 |]
        isTrue (alike weights[4] [| 1.0; 1.0 |])
        isTrue (alike weights[5] expected))

    // WithTaskEncoder nothing, it takes the next losses for those after the step.
    law "of FAMO learn from the next batch where nothing is told" (fun (example: Example) ->
        let surgery = Famo.surgery Famo.standard
        let next = { example with Losses = example.Losses |> Array.map (fun x -> 0.5 * x * x) }
        let first = (combine surgery example |> snd).State
        let told = Surgery.observe surgery next.Losses first

        let logits state =
            SurgeryState.perTask "logits" (combineFrom surgery state next |> snd).State

        logits told = logits first)
]
