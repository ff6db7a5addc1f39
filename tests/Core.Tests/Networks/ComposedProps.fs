module MtrlFunctional.Tests.Networks.ComposedProps

open Expecto
open Expecto.Flip
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``composed parameters`` = [
    let law name = testLaw 20 [] name

    let composed sets =
        Composed.layer { Sets = sets; Each = Spec.layers 2 6 2 }

    let plain tasks = build tasks (Spec.mlp 2 6 2)

    // "net/1/weight" of the plain network is "net/set/1/weight" here.
    let sets (weights: Weights) (p: Parameter) =
        weights[p.Path.Replace("net/", "net/set/")]

    law "are one network for all tasks at first" (fun seed (PositiveInt count) ->
        let key, count = Key.ofSeed seed, count % 6 + 1
        let network, input = build 4 (composed count), input key 4
        let weights = startOf key network

        let own =
            weightsFor (plain 4) (fun p ->
                1.0 / sqrt (float count) *. Tensor.sumDim 0 (sets weights p))

        near (network.Run weights input) ((plain 4).Run own input))

    testCase "all change within three updates" (fun () ->
        unchanged 3 (build 4 (composed 3)) |> isEmpty)
]

let ``a hypernetwork`` = [
    let law name = testLaw 20 [] name

    let hyper hidden =
        Hypernetwork.layer { Target = Spec.layers 2 6 2; HypernetworkHidden = hidden }

    let plain tasks = build tasks (Spec.mlp 2 6 2)

    let same (network: Module) (weights: Weights) input =
        let own = weightsFor (plain 4) (fun p -> weights[p.Path])
        near (network.Run weights input) ((plain 4).Run own input)

    // Bias-HyperInit.
    law "is the shared network at first" (fun seed ->
        let key = Key.ofSeed seed

        [ []; [ 5 ]; [ 5; 3 ] ]
        |> List.forall (fun hidden ->
            let network = build 4 (hyper hidden)
            same network (startOf key network) (input key 4)))

    testCase "changes all its parameters within three updates" (fun () ->
        for hidden in [ []; [ 5 ]; [ 5; 3 ] ] do
            unchanged 3 (build 4 (hyper hidden)) |> Expect.isEmpty $"{hidden}")
]

let ``projected task-specific layers`` = [
    let law name = testLaw 20 [] name

    let residuals = [ NoResidual; SumResidual; LinearResidual; ProjectResidual ]

    let variants = [
        for residual in residuals do
            for isShared in [ true; false ] -> isShared, residual
    ]

    let plain: Spec = Spec.mlp 2 7 2

    // "net/1/weight" of the plain network is "net/1/shared/weight" here.
    let sharedName (path: string) =
        let cut = path.LastIndexOf '/'
        path.Substring(0, cut) + "/shared" + path.Substring cut

    // The initial values of the corrected behaviour: branches without an effect.
    law "with initial branches are the shared network" (fun seed ->
        let key = Key.ofSeed seed

        variants
        |> List.forall (fun (isShared, residual) ->
            let network, plain = build 4 (projected isShared residual), build 4 plain
            let weights = startOf key network
            let own = weightsFor plain (fun p -> weights[sharedName p.Path])
            near (network.Run weights (input key 4)) (plain.Run own (input key 4))))

    let frozen steps start (isShared, residual) =
        let settings = (projected isShared residual).TrySettings<ProjectedLayers>().Value
        unchanged steps (build 4 (Projected.layer { settings with Start = start }))

    testCase "all change within three updates" (fun () ->
        for variant in variants do
            frozen 3 ZeroLastMap variant |> isEmpty)

    // The original's initial values: arms of the paper's comparison whose branches never change.
    testCase "with the original's initial values never change maps between zeros" (fun () ->
        for variant in variants do
            let frozen = frozen 20 ZeroProjections variant

            let expected =
                match variant with
                | _, ProjectResidual -> [ "net/residual"; "net/0/task/weight" ]
                | false, NoResidual -> [ "net/0/down"; "net/0/up"; "net/1/task/weight" ]
                | _ -> []

            for path in expected do
                frozen |> Expect.contains $"{variant}" path

            if expected.IsEmpty then
                frozen |> Expect.isEmpty $"{variant}")
]
