module MtrlFunctional.Tests.Networks.CategoricalProps

open Expecto
open FsCheck.FSharp
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A distribution over choices against its formulas in double precision.
let ``a choice among n`` = [
    let double = { ScalarType = ScalarType.Float64; Device = Libtorch.Cpu }

    // Logits of one row, up to ± 30.
    let logits =
        Gen.choose (2, 7)
        |> Gen.bind (fun n -> Gen.arrayOfLength n (Gen.choose (-3000, 3000)))
        |> Gen.map (Array.map (fun i -> float i / 100.0))

    let tensor (numbers: float[]) =
        Tensor.ofDoubles [| 1L; 1L; int64 numbers.Length |] numbers

    let policy numbers = Categorical.ofLogits (tensor numbers)

    let softmax (numbers: float[]) =
        let top = Array.max numbers
        let all = numbers |> Array.map (fun z -> exp (z - top))
        all |> Array.map (fun e -> e / Array.sum all)

    let near (wanted: float[]) (found: float[]) =
        Array.forall2 (fun a b -> abs (a - b) <= 1e-10 * (1.0 + abs a)) wanted found

    let law name given check =
        Prop.forAll (Arb.fromGen given) (fun numbers ->
            use _ = TorchSharp.torch.NewDisposeScope()
            check numbers)
        |> testProperty name

    // Of equal size.
    let pairs =
        logits
        |> Gen.bind (fun p ->
            Gen.arrayOfLength p.Length (Gen.choose (-3000, 3000))
            |> Gen.map (fun q -> p, q |> Array.map (fun i -> float i / 100.0)))

    let gradient (numbers: float[]) f =
        let leaf = Tensor.leaf (tensor numbers)
        Tensor.toDoubles ((Tensor.grad [| leaf |] (Tensor.sum (f (Categorical.ofLogits leaf))))[0])

    law "has the probabilities of a softmax" logits (fun z ->
        near (softmax z) (Tensor.toDoubles (Categorical.probabilities (policy z))))

    law "has log π of the chosen one" logits (fun z ->
        z
        |> Array.indexed
        |> Array.forall (fun (i, _) ->
            let action = Array.init z.Length (fun k -> if k = i then 1.0 else 0.0)
            let top = Array.max z
            let all = z |> Array.sumBy (fun z -> exp (z - top)) |> log
            let found = Tensor.toDoubles (Categorical.logProb (policy z) (tensor action))
            near [| z[i] - top - all |] found))

    law "has an entropy from 0 to log n, with its gradient" logits (fun z ->
        let p = softmax z
        let h = Tensor.item (Categorical.entropy (policy z))
        let term q = if q = 0.0 then 0.0 else -q * log q
        let entropy = Array.sumBy term p
        let wanted = p |> Array.map (fun q -> term q - q * entropy)
        let slope = gradient z Categorical.entropy

        near [| entropy |] [| h |]
        && h >= -1e-12
        && h <= log (float z.Length) + 1e-12
        && near wanted slope)

    law
        "has a divergence that is 0 from itself and not negative, with its gradient"
        pairs
        (fun (p, q) ->
            let divergence = Categorical.divergence (policy p)
            let found = Tensor.item (divergence (policy q))

            abs (Tensor.item (divergence (policy p))) < 1e-12
            && found >= -1e-12
            && near (Array.map2 (-) (softmax q) (softmax p)) (gradient q divergence))

    law "has a most probable choice" logits (fun z ->
        let mode = Tensor.toDoubles (Categorical.mode (policy z))
        let largest = Array.findIndex ((=) (Array.max (softmax z))) (softmax z)
        Array.sum mode = 1.0 && mode[largest] = 1.0)

    // Frequencies of 100,000 samples, within five standard errors.
    testCase "is drawn with its probabilities" (fun () ->
        let z, count = [| 0.0; 1.0; -1.5; 2.0 |], 100_000
        let rows = Tensor.expand [| 1L; int64 count; 4L |] (tensor z)

        let noise =
            Draw.normal double (Key.ofSeed 7L) [|
                1L
                int64 count
                int64 (Categorical.noiseSize 4)
            |]

        let drawn = Categorical.sample (Categorical.ofLogits rows) noise
        let frequencies = Tensor.toDoubles (Tensor.meanDim 1 drawn)

        for p, found in Array.zip (softmax z) frequencies do
            let error = sqrt (p * (1.0 - p) / float count)
            found |> isWithin (5.0 * error) p)
]
