module MtrlFunctional.Tests.Surgery.ProjectionProps

open Expecto
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open Examples

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
