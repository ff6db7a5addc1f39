module MtrlFunctional.Tests.Networks.SpecErrorProps

open Expecto
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``errors of a spec`` = [
    let law name = testLaw 60 [] name

    let layers: Layers = { Hidden = [ 6; 6 ]; Output = 4; Activation = Relu }

    // Whether the network gives an output of its width for rows and context of random numbers.
    let runs key (sizes: InputSizes) spec =
        use _ = TorchSharp.torch.NewDisposeScope()
        let tasks = int64 sizes.Tasks
        let network = Network.build Precision.Full "net" sizes spec

        let input = {
            Rows = Draw.normal double (Key.at 1L key) [| tasks; 3L; int64 sizes.Features |]
            Context = Some(Draw.normal double (Key.at 2L key) [| tasks; 1L; int64 sizes.Context |])
            Task = None
            Sequences = None
            IsByRow = false
            IsConstant = false
        }

        try
            let y = network.Run (weightsOf key network) input
            Tensor.size 2 y = int64 network.Width
        with _ ->
            false

    // The sizes are small, so that both answers are common.
    law
        "are found where the network does not run, and nowhere else"
        (fun (PositiveInt features) (PositiveInt context) (PositiveInt hidden) seed ->
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
                || List.isEmpty (Network.errors sizes spec) = runs (Key.ofSeed seed) sizes spec))

    let alone = { Tasks = 3; Features = 5; Context = 0 }

    let mixture experts selection =
        Experts.layer { Experts = experts; Expert = layers; Selection = selection }

    let orthogonal experts =
        Orthogonal.layer { Experts = experts; Expert = layers }

    let projected rank residual =
        Projected.layer {
            Shared = layers
            Rank = rank
            SharedProjections = false
            Residual = residual
            Start = ZeroLastMap
        }

    let cases = [
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

    testCase "are named part by part" (fun () ->
        for spec, errors in cases do
            Network.errors alone spec |> equals errors)

    // Of a plain layer its outputs; of a mixture those of all experts, of the last layer the mean alone.
    testCase "activations for a row are the outputs of its layers" (fun () ->
        let perRow = Network.activationsPerRow alone
        perRow (Mlp.layer layers) |> equals 16.0
        perRow (PerTask.layer layers) |> equals 16.0
        perRow (mixture 10 Ensemble) |> equals (10.0 * 12.0 + 4.0)
        perRow (projected 20 NoResidual) |> equals (16.0 + 3.0 * 40.0)

        perRow (
            Chain.layer [ "a", Mlp.layer layers; "b", Activate.layer Relu; "c", Spec.mlp 0 0 3 ]
        )
        |> equals (16.0 + 4.0 + 3.0))
]
