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

    law "meets each other task once, in an order that is not always the same" (fun seed ->
        let order = TaskOrder.drawn 6 (Key.ofSeed seed)
        let other = TaskOrder.drawn 6 (Key.ofSeed (seed + 1L))

        (order
         |> Array.indexed
         |> Array.forall (fun (i, met) -> Array.sort met = (Array.init 6 id |> Array.except [ i ])))
        && order <> other)
]

let ``GradVac`` = [
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
