namespace MtrlFunctional.Tests.Surgery

open FsCheck
open FsCheck.FSharp
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open Examples

[<TestFixture; Properties(MaxTest = 200)>]
module ``small systems`` =
    [<Property>]
    let ``are solved`` (seed: int64) =
        let n = 1 + Key.below 12 (Key.ofSeed seed)
        let matrix = normals (Key.ofSeed seed) (n * n)
        let wanted = normals (Key.ofSeed (seed + 1L)) n
        let right = Array.init n (fun i -> dot (Array.sub matrix (i * n) n) wanted)

        match LinearSystem.solve 1e-9 matrix right with
        | ValueSome solved -> Array.forall2 (fun x y -> abs (x - y) < 1e-6) solved wanted
        | ValueNone -> true

    [<Test>]
    let ``have no solution when rows repeat or numbers are none`` () =
        Assert.That((LinearSystem.solve 1e-14 [| 1.0; 2.0; 2.0; 4.0 |] [| 1.0; 2.0 |]).IsNone)
        Assert.That((LinearSystem.solve 1e-14 [| nan |] [| 1.0 |]).IsNone)

    [<Property>]
    let ``have eigenvectors that are orthonormal and rebuild them`` (seed: int64) =
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
                    Seq.init n (fun k -> eigen.Values[k] * columns[k][at / n] * columns[k][at % n])
                ))

        let slack = 1e-12 * Gram.largest gram

        orthonormal
        && Array.forall2 (fun x y -> abs (x - y) < slack) rebuilt gram.Products
        && Array.forall2 (>=) eigen.Values (Array.append (Array.tail eigen.Values) [| -slack |])

[<TestFixture; Properties(Arbitrary = [| typeof<GeneralPosition> |], MaxTest = 200)>]
module ``Nash-MTL`` =
    let private plain = NashMtl.surgery { Normalise = false; MaxLength = None }

    [<Property>]
    let ``gains each task the inverse of its weight`` (example: Example) =
        let direction, combined = combine plain example
        let alpha = combined.Diagnostics.Coefficients

        combined.Diagnostics.Fallback.IsNone
        && Array.forall (fun a -> a > 0.0) alpha
        && Array.forall2 (fun a g -> abs (a * dot g direction - 1.0) < 1e-8) alpha example.Gradients
        && abs (dot direction direction - float example.Tasks) < 1e-7

    [<Property>]
    let ``does not mind how long gradients are`` (example: Example) =
        let factors = Array.init example.Tasks (fun i -> 0.01 + 3.0 * float i)
        let direction = fst (combine plain example)
        let other = fst (combine plain (scale factors example))
        Array.forall2 (fun x y -> abs (x - y) < 1e-7) direction other

    [<Property>]
    let ``is not longer than it may be`` example =
        length (fst (combine (NashMtl.surgery NashMtl.standard) example)) <= 1.0

    [<Property>]
    let ``takes the mean gradient, no longer than it may be, where tasks cannot agree`` seed =
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) -2.0)) 1.0
        let direction, combined = combine (NashMtl.surgery NashMtl.standard) example
        let mean = weigh example [| 0.5; 0.5 |]

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && length direction <= 1.0
        && dot direction mean > 0.0

[<TestFixture; Properties(Arbitrary = [| typeof<GeneralPosition> |], MaxTest = 300)>]
module IMTL =
    let private asWritten = Imtl.surgery { Imtl.standard with Safe = false }

    let private projections direction example =
        example.Gradients |> Array.map (fun g -> dot direction g / length g)

    [<Property>]
    let ``has the same projection on every task`` example =
        let direction, combined = combine asWritten example
        let found = projections direction example

        abs (Array.sum combined.Diagnostics.Coefficients - 1.0) < 1e-7
        && Array.forall (fun p -> abs (p - found[0]) < 1e-7 * (1.0 + abs found[0])) found

    [<Property>]
    let ``when safe, gains every task and is not longer than the longest gradient`` example =
        let direction = fst (combine (Imtl.surgery Imtl.standard) example)
        let longest = example.Gradients |> Array.map length |> Array.max

        projections direction example |> Array.forall (fun p -> p > -1e-9)
        && length direction <= longest * (1.0 + 1e-9)

    /// Draws where the equations turn every task the wrong way are rare but real.
    [<Test>]
    let ``when safe, turns round what would make every task worse`` () =
        let reversed =
            Seq.initInfinite (fun seed -> random (int64 seed) 4 6)
            |> Seq.truncate 2000
            |> Seq.filter (fun example ->
                (solution (Imtl.surgery Imtl.standard) example).Fallback = Some Fallback.Reversed)
            |> Seq.truncate 3
            |> Seq.toList

        Assert.That(reversed.Length, Is.EqualTo 3)

        for example in reversed do
            let wrong = fst (combine asWritten example)
            let right = fst (combine (Imtl.surgery Imtl.standard) example)
            Assert.That((projections wrong example)[0], Is.LessThan 0.0)
            Assert.That((projections right example)[0], Is.GreaterThan 0.0)

    [<Property>]
    let ``keeps its line when a task is scaled`` (example: Example) =
        let factors = Array.init example.Tasks (fun i -> if i = 0 then 5.0 else 1.0)
        let d = fst (combine (Imtl.surgery Imtl.standard) example)
        let other = fst (combine (Imtl.surgery Imtl.standard) (scale factors example))
        abs (dot d other / (length d * length other) - 1.0) < 1e-6

    [<Property>]
    let ``takes the mean where gradients are parallel`` seed =
        let one = random seed 1 4
        let example = one |> add (one.Gradients[0] |> Array.map ((*) 3.0)) 1.0
        let direction, combined = combine (Imtl.surgery Imtl.standard) example

        combined.Diagnostics.Fallback = Some Fallback.NoSolution
        && near example direction (weigh example [| 0.5; 0.5 |])

    [<Property>]
    let ``scales losses towards 1`` (losses: NormalFloat list) =
        let losses = [| for l in losses -> exp (l.Get % 3.0) |]
        let still = losses |> Array.map (fun loss -> -log loss)
        Imtl.scaleGradient still losses |> Array.forall (fun g -> abs g < 1e-9)

[<TestFixture; Properties(Arbitrary = [| typeof<GeneralPosition> |], MaxTest = 200)>]
module ``Aligned-MTL`` =
    let private aligned = AlignedMtl.surgery AlignedMtl.standard

    [<Property>]
    let ``of independent tasks is as long as its orthogonal parts are together``
        (example: Example)
        =
        let gram = gram example
        let direction = fst (combine aligned example)
        let smallest = Array.last (SymmetricEigen.ofGram gram).Values
        abs (dot direction direction - float example.Tasks * smallest) < 1e-7 * Gram.largest gram

    /// B is what maps preferences to coefficients: B G has orthogonal rows of equal length.
    [<Property>]
    let ``mixes gradients into orthogonal ones of equal length`` (example: Example) =
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
            abs (dot mixed[i] mixed[j] - wanted) < 1e-7 * Gram.largest gram)

    [<Test>]
    let ``of orthogonal gradients of equal length is their sum`` () =
        let example = {
            Gradients = [| [| 0.0; 2.0; 0.0 |]; [| 0.0; 0.0; 2.0 |] |]
            Losses = [| 1.0; 1.0 |]
            Seed = 0L
        }

        Assert.That(near example (fst (combine aligned example)) [| 0.0; 2.0; 2.0 |])
