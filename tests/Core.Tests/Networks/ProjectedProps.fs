namespace MtrlFunctional.Tests.Networks

open NUnit.Framework
open FsCheck
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

[<TestFixture; Properties(MaxTest = 20)>]
module ``projected task-specific layers`` =

    let private residuals = [ NoResidual; SumResidual; LinearResidual; ProjectResidual ]

    let private variants = [
        for residual in residuals do
            for isShared in [ true; false ] -> isShared, residual
    ]

    let private plain: Spec = Spec.mlp 2 7 2

    let private ownOf (plain: Module) (tensorOf: Parameter -> Tensor) =
        let layout = Layout.create plain.Parameters
        Layout.views layout (Layout.flatten layout tensorOf)

    /// "net/1/weight" of the plain network is "net/1/shared/weight" here.
    let private sharedName (path: string) =
        let cut = path.LastIndexOf '/'
        path.Substring(0, cut) + "/shared" + path.Substring cut

    /// The initial values of the corrected behaviour: branches without an effect.
    [<Property>]
    let ``with initial branches are the shared network`` seed =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed

        variants
        |> List.forall (fun (isShared, residual) ->
            let network, plain = build 4 (projected isShared residual), build 4 plain
            let layout = Layout.create network.Parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            let own = ownOf plain (fun p -> weights[sharedName p.Path])
            near (network.Run weights (input key 4)) (plain.Run own (input key 4)))

    /// y = x (S + D W U) + s + b U: with one task the branch is a part of the weights.
    [<Property>]
    let ``of one task are a plain network`` seed isShared =
        use _ = TorchSharp.torch.NewDisposeScope()
        let key = Key.ofSeed seed
        let network, plain = build 1 (projected isShared NoResidual), build 1 plain
        let weights, input = weightsOf key network, input key 1

        let find (paths: string list) =
            paths
            |> List.tryPick (fun p -> if weights.ContainsKey p then Some weights[p] else None)

        let through (x: Tensor) matrix =
            match matrix with
            | Some m -> Tensor.matMul x m
            | None -> x

        let own =
            ownOf plain (fun p ->
                let layer, kind =
                    let cut = p.Path.LastIndexOf '/' in
                    p.Path.Substring(0, cut), p.Path.Substring(cut + 1)

                let isOuter end' = layer = $"net/{end'}"

                let down =
                    find [
                        $"{layer}/down"
                        if not (isOuter 0) then
                            "net/down"
                    ]

                let up =
                    find [
                        $"{layer}/up"
                        if not (isOuter 2) then
                            "net/up"
                    ]

                let task = Tensor.select 0 0L weights[$"{layer}/task/{kind}"]

                let branch =
                    match kind with
                    | "bias" -> through (Tensor.unsqueeze 0 task) up |> fun b -> Tensor.squeeze 0 b
                    | _ ->
                        match down with
                        | Some d -> through (Tensor.matMul d task) up
                        | None -> through task up

                weights[$"{layer}/shared/{kind}"] .+ branch)

        near (network.Run weights input) (plain.Run own input)

    /// Σ shared layers + fin·p + 2hp + T (L (p² + p) + p·out + out), the original's formula.
    [<Property>]
    let ``have as many parameters as the original's formula``
        (PositiveInt units)
        (PositiveInt tasks)
        =
        let h, t, p, inputs, out =
            int64 (units % 40 + 60), int64 (tasks % 20 + 10), 5L, 30L, 2L

        let network =
            Network.build Precision.Full "" { Tasks = int t; Features = int inputs; Context = 0 }
            <| Projected.layer {
                Shared = Spec.layers 3 (int h) (int out)
                Rank = int p
                SharedProjections = true
                Residual = NoResidual
                Start = ZeroProjections
            }

        let shared = (inputs + 1L) * h + 2L * (h + 1L) * h + (h + 1L) * out
        let branches = inputs * p + 2L * h * p + t * (3L * (p * p + p) + p * out + out)
        Network.count network = shared + branches

    let private frozen steps start (isShared, residual) =
        let settings = (projected isShared residual).TrySettings<ProjectedLayers>().Value
        unchanged steps (build 4 (Projected.layer { settings with Start = start }))

    [<Test>]
    let ``all change within three updates`` () =
        for variant in variants do
            Assert.That(frozen 3 ZeroLastMap variant, Is.Empty, $"{variant}")

    /// The original's initial values: arms of the paper's comparison whose branches never change.
    [<Test>]
    let ``with the original's initial values never change maps between zeros`` () =
        for variant in variants do
            let frozen = frozen 20 ZeroProjections variant

            let expected =
                match variant with
                | _, ProjectResidual -> [ "net/residual"; "net/0/task/weight" ]
                | false, NoResidual -> [ "net/0/down"; "net/0/up"; "net/1/task/weight" ]
                | _ -> []

            for path in expected do
                Assert.That(frozen, Does.Contain path, $"{variant}")

            if expected.IsEmpty then
                Assert.That(frozen, Is.Empty, $"{variant}")
