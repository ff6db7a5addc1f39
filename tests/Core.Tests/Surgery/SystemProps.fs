module MtrlFunctional.Tests.Surgery.SystemProps

open Expecto
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open Examples

let ``small systems`` = [
    testCase "have no solution when rows repeat or numbers are none" (fun () ->
        (LinearSystem.solve 1e-14 [| 1.0; 2.0; 2.0; 4.0 |] [| 1.0; 2.0 |]).IsNone
        |> isTrue

        (LinearSystem.solve 1e-14 [| nan |] [| 1.0 |]).IsNone |> isTrue)
]

let ``Nash-MTL`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    law "takes the mean gradient, no longer than it may be, where tasks cannot agree" (fun seed ->
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) -2.0)) 1.0
        let direction, combined = combine (NashMtl.surgery NashMtl.standard) example
        let mean = weigh example [| 0.5; 0.5 |]

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && length direction <= 1.0
        && dot direction mean > 0.0)

    // √tasks by the equations, which the bound makes 1.
    law "has a direction of length 1, however short the gradients" (fun (example: Example) ->
        let short = {
            example with
                Gradients = example.Gradients |> Array.map (Array.map ((*) 1e-4))
        }

        let direction, combined = combine (NashMtl.surgery NashMtl.standard) short

        example.Tasks = 1
        || combined.Diagnostics.Fallback.IsSome
        || abs (length direction - 1.0) < 1e-5)
]

/// Gradients in single precision, as networks have them, at right angles to each other.
let ``gradients of very different lengths in single precision`` = [
    let directionOf surgery (lengths: float32[]) =
        let n = lengths.Length

        let rows =
            Array.init (n * n) (fun at -> if at / n = at % n then lengths[at / n] else 0.0f)

        let rows = Tensor.ofFloats [| int64 n; int64 n |] rows
        let gradients = TaskGradients.create rows (Array.create n 1.0)
        let combined = Surgery.combine surgery gradients (Key.ofSeed 1L) (surgery.Start n)
        combined.Diagnostics.Fallback |> equals None
        Tensor.toFloats combined.Direction |> Array.map float

    for tasks in [ 10; 50 ] do
        let lengths = [| 1e-2f; yield! Array.create (tasks - 1) 1.0f |]

        testCase $"are all as long as the shortest in Aligned-MTL of {tasks} tasks" (fun () ->
            for x in directionOf (AlignedMtl.surgery AlignedMtl.standard) lengths do
                abs (x - 1e-2) |> isBelow 1e-6)

    testCase "have equal projections in IMTL-G" (fun () ->
        for shortest in [ 1e-2f; 1e-3f; 1e-4f; 1e-6f ] do
            let direction = directionOf (Imtl.surgery Imtl.standard) [| shortest; 1.0f; 2.0f |]
            // Σ α = 1 of α_i = p / ‖g_i‖.
            let expected = 1.0 / (1.0 / float shortest + 1.0 + 0.5)

            for projection in direction do
                abs (projection / expected - 1.0) |> isBelow 1e-5)
]

let ``IMTL`` = [
    let law name =
        testLaw 300 [ typeof<GeneralPosition> ] name

    let asWritten = Imtl.surgery { Imtl.standard with Safe = false }

    let projections direction example =
        example.Gradients |> Array.map (fun g -> dot direction g / length g)

    law "when safe, gains every task and is not longer than the longest gradient" (fun example ->
        let direction = fst (combine (Imtl.surgery Imtl.standard) example)
        let longest = example.Gradients |> Array.map length |> Array.max

        projections direction example |> Array.forall (fun p -> p > -1e-9)
        && length direction <= longest * (1.0 + 1e-9))

    // Draws where the equations turn every task the wrong way are rare but real.
    testCase "when safe, turns round what would make every task worse" (fun () ->
        let reversed =
            Seq.initInfinite (fun seed -> random (int64 seed) 4 6)
            |> Seq.truncate 2000
            |> Seq.filter (fun example ->
                (solution (Imtl.surgery Imtl.standard) example).Fallback = Some Fallback.Reversed)
            |> Seq.truncate 3
            |> Seq.toList

        reversed.Length |> equals 3

        for example in reversed do
            let wrong = fst (combine asWritten example)
            let right = fst (combine (Imtl.surgery Imtl.standard) example)
            (projections wrong example)[0] |> isBelow 0.0
            (projections right example)[0] |> isAbove 0.0)

    law "takes the mean where gradients are parallel" (fun seed ->
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) 3.0)) 1.0
        let direction, combined = combine (Imtl.surgery Imtl.standard) example

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && near example direction (weigh example [| 0.5; 0.5 |]))
]
