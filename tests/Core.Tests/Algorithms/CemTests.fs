namespace MtrlFunctional.Tests.Algorithms

open NUnit.Framework
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Algorithms.CadmExamples
open MtrlFunctional.Tests.Algorithms.Examples

[<TestFixture>]
module ``the cross-entropy method`` =
    let private config: CemConfig = {
        Candidates = 200
        Horizon = 4
        Iterations = 12
        Elites = 20
        Smoothing = 0.1
        InitialStd = 0.5
    }

    let private noise seed actions =
        Draw.normal double (Key.ofSeed seed) [|
            int64 config.Iterations
            int64 config.Horizon
            actions
            int64 config.Candidates
        |]

    /// −Σ (x − target)² over steps and actions.
    let private quadratic (target: float[]) actions (sequences: Tensor) =
        let target =
            TensorOptions.fromDoubles double target [| int64 config.Horizon; actions; 1L |]

        -1.0 *. Tensor.sumDim 0 (Tensor.sumDim 0 (Tensor.square (sequences .- target)))

    [<Test>]
    let ``finds the maximum of a quadratic within the bounds`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let target = [| 0.3; -0.8; 0.0; 0.55; -0.2; 2.0; -3.0; 0.9 |]

        let plan =
            quadratic target 2L
            |> Cem.plan config (ActionSpace.Box 2) (noise 1L 2L)
            |> Tensor.toDoubles

        let expected = target |> Array.map (max -1.0 >> min 1.0)
        Assert.That(plan, (same expected).Within 0.05)
        Assert.That(plan, Is.All.InRange(-1.0, 1.0))

    [<Test>]
    let ``finds the best choices`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let best = [| 2; 0; 1; 2 |]

        let target =
            best
            |> Array.collect (fun b -> [| for i in 0..2 -> if i = b then 1.0 else 0.0 |])

        let plan =
            quadratic target 3L
            |> Cem.plan config (ActionSpace.Discrete 3) (noise 2L 3L)
            |> Tensor.toDoubles

        Assert.That(plan, same target)

    [<Test>]
    let ``is a function of its noise`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let returns = quadratic [| 0.1; 0.2; 0.3; 0.4 |] 1L

        let plan seed =
            Cem.plan config (ActionSpace.Box 1) (noise seed 1L) returns |> Tensor.toDoubles

        Assert.That(plan 3L, same (plan 3L))
        Assert.That(plan 4L, Is.Not.EqualTo(box (plan 3L)))

    [<Test>]
    let ``keeps no candidate whose return is not finite`` () =
        let returns = [| 1.0; nan; 3.0; -infinity; 3.0; infinity; nan |]
        Assert.That(Cem.elites 3 returns, same [| 2L; 4L; 0L |])
        Assert.That(Cem.elites 7 returns, same [| 2L; 4L; 0L; 1L; 3L; 5L; 6L |])
