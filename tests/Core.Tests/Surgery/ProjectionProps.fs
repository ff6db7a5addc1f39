module MtrlFunctional.Tests.Surgery.ProjectionProps

open Expecto
open System
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open Examples

let ``PCGrad`` = [
    let law name =
        testLaw 300 [ typeof<GeneralPosition> ] name

    let order (example: Example) =
        TaskOrder.drawn example.Tasks (Key.ofSeed example.Seed)

    let project (example: Example) order =
        let outcome = PcGrad.project Projection.Exact (gram example) order

        Array.init example.Tasks (fun i ->
            Array.sub outcome.Coefficients (i * example.Tasks) example.Tasks
            |> weigh example)

    // Alg. 1 word for word, on whole vectors.
    let slowly (example: Example) (order: int[][]) =
        Array.init example.Tasks (fun i ->
            let meet (p: float[]) j =
                let g = example.Gradients[j]
                let product = dot p g

                if product < 0.0 then
                    let share = product / dot g g
                    Array.map2 (fun x y -> x - share * y) p g
                else
                    p

            Array.fold meet example.Gradients[i] order[i])

    law "in products equals the algorithm on vectors" (fun example ->
        let order = order example
        Array.forall2 (near example) (project example order) (slowly example order))

    testLaw
        300
        [ typeof<AnyPosition> ]
        "never leaves a conflict with the last partner"
        (fun (example: Example) ->
            let order = order example

            project example order
            |> Array.indexed
            |> Array.forall (fun (i, p) ->
                match Array.tryLast order[i] with
                | None -> true
                | Some last ->
                    let g = example.Gradients[last]
                    dot p g >= -1e-9 * length g * length example.Gradients[i]))

    law "makes no gradient longer" (fun example ->
        Array.forall2
            (fun p g -> length p <= length g * (1.0 + 1e-12))
            (project example (order example))
            example.Gradients)

    law "leaves gradients without conflict alone" (fun (example: Example) ->
        let positive = { example with Gradients = example.Gradients |> Array.map (Array.map abs) }

        project positive (order positive) = slowly positive (order positive)
        && near
            positive
            (fst (combine (PcGrad.surgery PcGrad.paper) positive))
            (weigh positive (Array.create example.Tasks 1.0)))

    law "of two tasks leaves no conflict at all" (fun seed ->
        let example = random seed 2 5
        let projected = project example [| [| 1 |]; [| 0 |] |]

        Array.allPairs projected example.Gradients
        |> Array.forall (fun (p, g) -> dot p g >= -1e-12 * length g * length g))

    law "does not mind how long the others' gradients are" (fun (example: Example) ->
        let factors =
            Array.init example.Tasks (fun i -> if i = 0 then 1.0 else 0.1 + float i)

        let order = order example
        let first example = Array.head (project example order)
        near example (first example) (first (scale factors example)))

    law "relabels with the tasks" (fun (example: Example) ->
        let n = example.Tasks
        let shift i = (i + 1) % n
        let back i = (i + n - 1) % n
        let order = order example
        // Task i of the permuted example is task shift i of the original.
        let permuted = permute (Array.init n shift) example
        let renamed = Array.init n (fun i -> order[shift i] |> Array.map back)

        Array.forall2
            (near example)
            (project permuted renamed)
            (Array.init n (fun i -> (project example order)[shift i])))

    law "meets each other task once, in an order that is not always the same" (fun seed ->
        let order = TaskOrder.drawn 6 (Key.ofSeed seed)
        let other = TaskOrder.drawn 6 (Key.ofSeed (seed + 1L))

        (order
         |> Array.indexed
         |> Array.forall (fun (i, met) -> Array.sort met = (Array.init 6 id |> Array.except [ i ])))
        && order <> other)

    law "of mtrl differs by its epsilon only" (fun example ->
        let paper = { PcGrad.paper with Reduction = Reduction.Mean }
        let exact = fst (combine (PcGrad.surgery paper) example)
        let mtrl = fst (combine (PcGrad.surgery PcGrad.mtrl) example)
        Array.forall2 (fun a b -> abs (a - b) < 1e-5) exact mtrl)
]

let ``GradVac`` = [
    let law name =
        testLaw 300 [ typeof<GeneralPosition> ] name

    let zeros (example: Example) =
        Array.zeroCreate (example.Tasks * example.Tasks)

    let order (example: Example) =
        TaskOrder.drawn example.Tasks (Key.ofSeed example.Seed)

    // A pair's target moves after each projection, so that only the first update is PCGrad's.
    law "begins as PCGrad" (fun example ->
        let order = order example
        let gram = gram example

        alike
            (GradVac.correct 0.5 gram order (zeros example)).Rows
            (PcGrad.project Projection.Exact gram order).Coefficients)

    law "gives a pair below its wanted cosine exactly that" (fun (seed: int64) ->
        let example = random seed 2 6
        let gram = gram example
        let wanted = -0.9 + 1.8 * Key.uniform (Key.ofSeed seed)

        let outcome =
            GradVac.correct 0.1 gram [| [| 1 |]; [||] |] [| 0.0; wanted; 0.0; 0.0 |]

        let row = weigh example (Array.take 2 outcome.Rows)
        let g = example.Gradients[1]
        let after = dot row g / (length row * length g)
        let before = gram[0, 1] / (Gram.length gram 0 * Gram.length gram 1)
        abs (after - max before wanted) < 1e-9)

    testLaw
        300
        [ typeof<AnyPosition> ]
        "wants cosines between −1 and 1, and none of a task with itself"
        (fun (example: Example) ->
            let surgery = GradVac.surgery { GradVac.paper with Rate = 0.5 }

            let step state _ =
                (combineFrom surgery state example |> snd).State

            let state = Seq.fold step (surgery.Start example.Tasks) (seq { 1..5 })
            let targets = SurgeryState.perPair "targets" state

            targets |> Array.forall (fun rho -> abs rho <= 1.0)
            && Seq.forall
                (fun i -> targets[i * example.Tasks + i] = 0.0)
                (seq { 0 .. example.Tasks - 1 }))
]

let ``GradDrop`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let direct leak (example: Example) (uniforms: float[]) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let uniforms = Tensor.ofDoubles [| int64 uniforms.Length |] uniforms
        Tensor.toDoubles (GradDrop.direct { Leak = leak } (tensor example) uniforms)

    let sum (example: Example) =
        weigh example (Array.create example.Tasks 1.0)

    let only keep example =
        sum {
            example with
                Gradients =
                    example.Gradients |> Array.map (Array.map (fun g -> if keep g then g else 0.0))
        }

    law "keeps positive parts for 0, negative ones for 1" (fun example ->
        let all value = Array.create 8 value

        near example (direct 0.0 example (all 0.0)) (only (fun g -> g > 0.0) example)
        && near example (direct 0.0 example (all 1.0)) (only (fun g -> g < 0.0) example))

    law "leaks everything at 1" (fun example ->
        near example (direct 1.0 example (normals (Key.ofSeed 3L) 8)) (sum example))

    law "passes parameters whose tasks agree" (fun (example: Example) ->
        let agreed = { example with Gradients = example.Gradients |> Array.map (Array.map abs) }
        near example (fst (combine (GradDrop.surgery GradDrop.standard) agreed)) (sum agreed))

    law "has probabilities between 0 and 1, ½ where nothing is wanted" (fun (example: Example) ->
        let silent = example.Gradients |> Array.map (fun g -> Array.append g [| 0.0 |])

        let positive =
            Tensor.toDoubles (GradDrop.positive (tensor { example with Gradients = silent }))

        Array.forall (fun p -> 0.0 <= p && p <= 1.0) positive && positive[8] = 0.5)
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

    law "never work against the main tasks" (fun (example: Example) ->
        let main = Array.map2 (+) example.Gradients[0] example.Gradients[1]

        [ true; false ]
        |> List.forall (fun weighted ->
            dot main (coefficients weighted example |> weigh example)
            >= dot main main - 1e-9))
]
