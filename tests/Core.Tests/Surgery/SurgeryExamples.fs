namespace MtrlFunctional.Tests.Surgery

open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Gradients and losses of a few tasks, in double precision.
type Example = {
    Gradients: float[][]
    Losses: float[]
    Seed: int64
} with

    member this.Tasks = this.Gradients.Length

/// Examples, and looking at what becomes of them.
module internal Examples =
    let normals key count = Rlw.normals count key

    /// `tasks` random gradients of different lengths in `parameters` directions.
    let random seed tasks parameters =
        let key = Key.ofSeed seed

        {
            Seed = seed
            Gradients =
                Array.init tasks (fun i ->
                    let key = Key.at (int64 i) key
                    let length = exp (2.0 * Key.uniform (Key.at -1L key) - 1.0)
                    normals key parameters |> Array.map ((*) length))
            Losses =
                Array.init tasks (fun i ->
                    0.1 + 2.0 * Key.uniform (Key.at (int64 i) (Key.forPurpose "loss" key)))
        }

    let tensor (example: Example) =
        Tensor.ofDoubles
            [| int64 example.Tasks; int64 example.Gradients[0].Length |]
            (Array.concat example.Gradients)

    let gram example =
        use _ = TorchSharp.torch.NewDisposeScope()
        Gram.ofRows (tensor example)

    let weigh (example: Example) (coefficients: float[]) =
        Array.init example.Gradients[0].Length (fun p ->
            Seq.sum (Seq.map2 (fun (g: float[]) c -> c * g[p]) example.Gradients coefficients))

    let dot (x: float[]) (y: float[]) =
        Array.fold2 (fun sum a b -> sum + a * b) 0.0 x y

    let length x = sqrt (dot x x)

    /// Equal up to a part of the longest gradient.
    let near example (x: float[]) (y: float[]) =
        let unit' = 1e-30 + (example.Gradients |> Array.map length |> Array.max)
        Array.forall2 (fun a b -> abs (a - b) <= 1e-8 * unit') x y

    let alike (x: float[]) (y: float[]) =
        Array.forall2 (fun a b -> abs (a - b) <= 1e-9 * (1.0 + abs a)) x y

    /// The direction that a method gives these gradients, the outcome, and tensors freed.
    let combineFrom surgery state example =
        use _ = TorchSharp.torch.NewDisposeScope()

        let combined =
            Surgery.combine
                surgery
                (TaskGradients.create (tensor example) example.Losses)
                (Key.ofSeed example.Seed)
                state

        Tensor.toDoubles combined.Direction, combined

    let combine (surgery: Surgery) (example: Example) =
        combineFrom surgery (surgery.Start example.Tasks) example

    let solution surgery example =
        (combine surgery example |> snd).Diagnostics

    /// The directions of ten updates of ten tasks, in general position: two methods with the same ones have the same choices.
    let answers (surgery: Surgery) : float[] list =
        use _ = TorchSharp.torch.NewDisposeScope()

        let one (state, directions) update =
            let example = random update 10 24
            let gradients = TaskGradients.create (tensor example) example.Losses
            let combined = Surgery.combine surgery gradients (Key.ofSeed update) state
            combined.State, Tensor.toDoubles combined.Direction :: directions

        List.fold one (surgery.Start 10, []) [ 1L .. 10L ] |> snd

    let permute (order: int[]) example = {
        example with
            Gradients = order |> Array.map (Array.get example.Gradients)
            Losses = order |> Array.map (Array.get example.Losses)
    }

    let scale (factors: float[]) example = {
        example with
            Gradients = Array.map2 (fun f g -> Array.map ((*) f) g) factors example.Gradients
    }

    let add gradient loss example = {
        example with
            Gradients = Array.append example.Gradients [| gradient |]
            Losses = Array.append example.Losses [| loss |]
    }

    /// Every method, with a name; each choice that takes another way is there.
    let methods =
        Methods.usual
        @ [
            "pcgrad of mtrl", PcGrad.surgery PcGrad.mtrl
            "mgda, loss and length",
            Mgda.surgery { Mgda.standard with Scale = GradientScale.LossAndLength }
            "frank-wolfe", Mgda.surgery { Mgda.standard with Solver = MinNormSolver.FrankWolfe 20 }
            "gradnorm of mtrl", GradNorm.surgery GradNorm.mtrl
            "gradnorm, softmax",
            GradNorm.surgery { GradNorm.paper with Form = GradNormForm.Softmax }
            "imtl-l", Imtl.surgery { Imtl.standard with Part = ImtlPart.Losses }
            "imtl-g and -l", Imtl.surgery { Imtl.standard with Part = ImtlPart.Both }
            "cosine gate, whole", CosineGate.surgery { Main = [ 0 ]; Weighted = false }
        ]

/// Two to seven tasks in eight directions: in general position, so that every method has its own
/// answer.
type GeneralPosition =
    static member Example() : Arbitrary<Example> =
        gen {
            let! seed = ArbMap.defaults |> ArbMap.generate<int64>
            let! tasks = Gen.choose (2, 7)
            return Examples.random seed tasks 8
        }
        |> Arb.fromGen

/// One to six tasks, of which some are zero, copies, opposites or multiples of others, or all lie
/// in a plane.
type AnyPosition =
    static member Example() : Arbitrary<Example> =
        let spoil (gradients: float[][]) kind i j =
            let factor k = gradients[i] |> Array.map ((*) k)

            match kind with
            | 0 -> gradients[j] <- factor 0.0
            | 1 -> gradients[j] <- factor 1.0
            | 2 -> gradients[j] <- factor -1.0
            | 3 -> gradients[j] <- factor 3.0
            | 4 -> gradients[j] <- factor 1e-12
            | 5 -> gradients[j] <- factor 1e12
            | _ -> ()

        gen {
            let! seed = ArbMap.defaults |> ArbMap.generate<int64>
            let! tasks = Gen.choose (1, 6)
            let! parameters = Gen.elements [ 1; 2; 8 ]
            let! spoils = Gen.listOfLength 3 (Gen.choose (0, 7))
            let! places = Gen.listOfLength 6 (Gen.choose (0, tasks - 1))
            let example = Examples.random seed tasks parameters

            spoils
            |> List.iteri (fun k kind ->
                spoil example.Gradients kind places[2 * k] places[2 * k + 1])

            return example
        }
        |> Arb.fromGen
