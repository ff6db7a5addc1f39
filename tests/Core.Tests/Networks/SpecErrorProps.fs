namespace MtrlFunctional.Tests.Networks

open System
open FsCheck
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

[<TestFixture; Properties(MaxTest = 60)>]
module ``errors of a spec`` =
    let private layers: Layers = { Hidden = [ 6; 6 ]; Output = 4; Activation = Relu }

    /// Whether the network gives an output of its width for rows and context of random numbers.
    let private runs key (sizes: InputSizes) spec =
        use _ = TorchSharp.torch.NewDisposeScope()
        let tasks = int64 sizes.Tasks
        let network = Network.build Precision.Full "net" sizes spec

        let input = {
            Rows = Draw.normal double (Key.at 1L key) [| tasks; 3L; int64 sizes.Features |]
            Context = Some(Draw.normal double (Key.at 2L key) [| tasks; 1L; int64 sizes.Context |])
            Task = None
            Sequences = None
            IsByRow = false
        }

        try
            let y = network.Run (weightsOf key network) input
            Tensor.size 2 y = int64 network.Width
        with _ ->
            false

    /// The sizes are small, so that both answers are common.
    [<Property>]
    let ``are found where the network does not run, and nowhere else``
        (PositiveInt features)
        (PositiveInt context)
        (PositiveInt hidden)
        seed
        =
        let features, context, hidden = 1 + features % 4, 1 + context % 9, hidden % 4
        let sizes = { Tasks = 2; Features = features; Context = context }

        [
            Film.layer { layers with Hidden = List.replicate hidden 6 }
            SoftModules.layer { Modules = 2; Units = 3; Output = 4 }
            Chain.layer [
                "trunk", Spec.mlp 1 5 context
                "modules", SoftModules.layer { Modules = 2; Units = 3; Output = 4 }
            ]
        ]
        |> List.forall (fun spec ->
            // A single feature is broadcast: the network runs, and is no soft modularization.
            let isBroadcast = (min features context = 1 && spec.Kind = "SoftModules")

            isBroadcast
            || List.isEmpty (Network.errors sizes spec) = runs (Key.ofSeed seed) sizes spec)

    let private alone = { Tasks = 3; Features = 5; Context = 0 }

    let private mixture experts selection =
        Experts.layer { Experts = experts; Expert = layers; Selection = selection }

    let private orthogonal experts =
        Orthogonal.layer { Experts = experts; Expert = layers }

    let private projected rank residual =
        Projected.layer {
            Shared = layers
            Rank = rank
            SharedProjections = false
            Residual = residual
            Start = ZeroLastMap
        }

    let private cases = [
        mixture 3 OneToOne, []
        mixture 4 OneToOne, [ SpecError.ExpertCount(4, 3) ]
        mixture 2 (Clusters [ [ true; false ]; [ true; true ]; [ false; true ] ]), []
        mixture 3 (Clusters [ [ true; false ]; [ true; true ]; [ false; true ] ]),
        [ SpecError.ExpertCount(3, 2) ]
        mixture 4 (Gated { gate with Table = Some 7; TopK = Some 4 }), []
        mixture 4 (Gated { gate with Table = Some 7; TopK = Some 5 }),
        [ SpecError.TooManyKept(5, 4) ]
        mixture 4 (Gated gate), [ SpecError.NoContext ContextReader.Mixture ]
        Film.layer layers, [ SpecError.NoContext ContextReader.Film ]
        Hypernetwork.layer { Target = layers; HypernetworkHidden = [] },
        [ SpecError.NoContext ContextReader.Hypernetwork ]
        SoftModules.layer { Modules = 2; Units = 3; Output = 4 },
        [ SpecError.NoContext ContextReader.SoftModules ]
        WithTaskEncoder.layer (TaskTable.layer 6) (Film.layer layers), []
        WithTaskEncoder.layer (TaskTable.layer 5) (Film.layer layers),
        [ SpecError.NarrowContext(5, 6) ]
        orthogonal 4, []
        orthogonal 5, [ SpecError.TooManyDirections(5, 4) ]
        projected 20 NoResidual, []
        projected 1 SumResidual, []
        projected 20 SumResidual, [ SpecError.NoProjection 20 ]
        Chain.layer [ "experts", orthogonal 5; "film", Film.layer layers ],
        [ SpecError.TooManyDirections(5, 4); SpecError.NoContext ContextReader.Film ]
    ]

    [<Test>]
    let ``are named part by part`` () =
        for spec, errors in cases do
            Assert.That((Network.errors alone spec = errors), $"{spec}")

    /// Of a plain layer its outputs; of a mixture those of all experts, of the last layer the mean alone.
    [<Test>]
    let ``activations for a row are the outputs of its layers`` () =
        let perRow = Network.activationsPerRow alone
        Assert.That(perRow (Mlp.layer layers), Is.EqualTo 16.0)
        Assert.That(perRow (PerTask.layer layers), Is.EqualTo 16.0)
        Assert.That(perRow (mixture 10 Ensemble), Is.EqualTo(10.0 * 12.0 + 4.0))
        Assert.That(perRow (projected 20 NoResidual), Is.EqualTo(16.0 + 3.0 * 40.0))

        Assert.That(
            perRow (
                Chain.layer [ "a", Mlp.layer layers; "b", Activate.layer Relu; "c", Spec.mlp 0 0 3 ]
            ),
            Is.EqualTo(16.0 + 4.0 + 3.0)
        )
