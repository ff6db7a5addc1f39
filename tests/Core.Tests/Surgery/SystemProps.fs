module MtrlFunctional.Tests.Surgery.SystemProps

open Expecto
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open Examples

let ``small systems`` = [
    let law name = testLaw 200 [] name

    law "are solved" (fun (seed: int64) ->
        let n = 1 + Key.below 12 (Key.ofSeed seed)
        let matrix = normals (Key.ofSeed seed) (n * n)
        let wanted = normals (Key.ofSeed (seed + 1L)) n
        let right = Array.init n (fun i -> dot (Array.sub matrix (i * n) n) wanted)

        match LinearSystem.solve 1e-9 matrix right with
        | ValueSome solved -> Array.forall2 (fun x y -> abs (x - y) < 1e-6) solved wanted
        | ValueNone -> true)

    testCase "have no solution when rows repeat or numbers are none" (fun () ->
        (LinearSystem.solve 1e-14 [| 1.0; 2.0; 2.0; 4.0 |] [| 1.0; 2.0 |]).IsNone
        |> isTrue

        (LinearSystem.solve 1e-14 [| nan |] [| 1.0 |]).IsNone |> isTrue)

    law "have eigenvectors that are orthonormal and rebuild them" (fun (seed: int64) ->
        let n = 1 + Key.below 20 (Key.ofSeed seed)
        let gram = gram (random seed n 6)
        let eigen = SymmetricEigen.ofGram gram

        let column k =
            Array.init n (fun i -> eigen.Vectors[i * n + k])

        let columns = Array.init n column

        let orthonormal =
            Array.allPairs [| 0 .. n - 1 |] [| 0 .. n - 1 |]
            |> Array.forall (fun (i, j) ->
                abs (dot columns[i] columns[j] - (if i = j then 1.0 else 0.0)) < 1e-12)

        let rebuilt =
            Array.init (n * n) (fun at ->
                Seq.sum (
                    Seq.init n (fun k ->
                        eigen.Values[k] * columns[k][at / n] * columns[k][at % n])
                ))

        let slack = 1e-12 * Gram.largest gram

        orthonormal
        && Array.forall2 (fun x y -> abs (x - y) < slack) rebuilt gram.Products
        && Array.forall2 (>=) eigen.Values (Array.append (Array.tail eigen.Values) [| -slack |]))
]

let ``Nash-MTL`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let plain = NashMtl.surgery { Normalise = false; MaxLength = None }

    law "gains each task the inverse of its weight" (fun (example: Example) ->
        let direction, combined = combine plain example
        let alpha = combined.Diagnostics.Coefficients

        combined.Diagnostics.Fallback.IsNone
        && Array.forall (fun a -> a > 0.0) alpha
        && Array.forall2
            (fun a g -> abs (a * dot g direction - 1.0) < 1e-8)
            alpha
            example.Gradients
        && abs (dot direction direction - float example.Tasks) < 1e-7)

    law "does not mind how long gradients are" (fun (example: Example) ->
        let factors = Array.init example.Tasks (fun i -> 0.01 + 3.0 * float i)
        let direction = fst (combine plain example)
        let other = fst (combine plain (scale factors example))
        Array.forall2 (fun x y -> abs (x - y) < 1e-7) direction other)

    law "is not longer than it may be" (fun example ->
        length (fst (combine (NashMtl.surgery NashMtl.standard) example)) <= 1.0)

    law "takes the mean gradient, no longer than it may be, where tasks cannot agree" (fun seed ->
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) -2.0)) 1.0
        let direction, combined = combine (NashMtl.surgery NashMtl.standard) example
        let mean = weigh example [| 0.5; 0.5 |]

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && length direction <= 1.0
        && dot direction mean > 0.0)
]

let ``IMTL`` = [
    let law name =
        testLaw 300 [ typeof<GeneralPosition> ] name

    let asWritten = Imtl.surgery { Imtl.standard with Safe = false }

    let projections direction example =
        example.Gradients |> Array.map (fun g -> dot direction g / length g)

    law "has the same projection on every task" (fun example ->
        let direction, combined = combine asWritten example
        let found = projections direction example

        abs (Array.sum combined.Diagnostics.Coefficients - 1.0) < 1e-7
        && Array.forall (fun p -> abs (p - found[0]) < 1e-7 * (1.0 + abs found[0])) found)

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

    law "keeps its line when a task is scaled" (fun (example: Example) ->
        let factors = Array.init example.Tasks (fun i -> if i = 0 then 5.0 else 1.0)
        let d = fst (combine (Imtl.surgery Imtl.standard) example)
        let other = fst (combine (Imtl.surgery Imtl.standard) (scale factors example))
        abs (dot d other / (length d * length other) - 1.0) < 1e-6)

    law "takes the mean where gradients are parallel" (fun seed ->
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) 3.0)) 1.0
        let direction, combined = combine (Imtl.surgery Imtl.standard) example

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && near example direction (weigh example [| 0.5; 0.5 |]))

    law "scales losses towards 1" (fun (losses: NormalFloat list) ->
        let losses = [| for l in losses -> exp (l.Get % 3.0) |]
        let still = losses |> Array.map (fun loss -> -log loss)
        Imtl.scaleGradient still losses |> Array.forall (fun g -> abs g < 1e-9))
]

let ``Aligned-MTL`` = [
    let law name =
        testLaw 200 [ typeof<GeneralPosition> ] name

    let aligned = AlignedMtl.surgery AlignedMtl.standard

    law
        "of independent tasks is as long as its orthogonal parts are together"
        (fun (example: Example) ->
            let gram = gram example
            let direction = fst (combine aligned example)
            let smallest = Array.last (SymmetricEigen.ofGram gram).Values

            abs (dot direction direction - float example.Tasks * smallest) <
                1e-7 * Gram.largest gram)

    // B is what maps preferences to coefficients: B G has orthogonal rows of equal length.
    law "mixes gradients into orthogonal ones of equal length" (fun (example: Example) ->
        let gram = gram example
        let n = example.Tasks

        let mixed =
            Array.init n (fun i ->
                Array.init n (fun j -> if i = j then 1.0 else 0.0)
                |> AlignedMtl.coefficients AlignedScale.Smallest gram
                |> weigh example)

        let smallest = Array.last (SymmetricEigen.ofGram gram).Values

        Array.allPairs [| 0 .. n - 1 |] [| 0 .. n - 1 |]
        |> Array.forall (fun (i, j) ->
            let wanted = if i = j then smallest else 0.0
            abs (dot mixed[i] mixed[j] - wanted) < 1e-7 * Gram.largest gram))

    testCase "of orthogonal gradients of equal length is their sum" (fun () ->
        let example = {
            Gradients = [| [| 0.0; 2.0; 0.0 |]; [| 0.0; 0.0; 2.0 |] |]
            Losses = [| 1.0; 1.0 |]
            Seed = 0L
        }

        isTrue (near example (fst (combine aligned example)) [| 0.0; 2.0; 2.0 |]))
]
