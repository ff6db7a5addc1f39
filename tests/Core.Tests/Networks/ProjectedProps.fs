module MtrlFunctional.Tests.Networks.ProjectedProps

open Expecto
open Expecto.Flip
open FsCheck
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``projected task-specific layers`` = [
    let law name = testLaw 20 [] name

    let residuals = [ NoResidual; SumResidual; LinearResidual; ProjectResidual ]

    let variants = [
        for residual in residuals do
            for isShared in [ true; false ] -> isShared, residual
    ]

    let plain: Spec = Spec.mlp 2 7 2

    let ownOf (plain: Module) (tensorOf: Parameter -> Tensor) =
        let layout = Layout.create plain.Parameters
        Layout.views layout (Layout.flatten layout tensorOf)

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
            let layout = Layout.create network.Parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            let own = ownOf plain (fun p -> weights[sharedName p.Path])
            near (network.Run weights (input key 4)) (plain.Run own (input key 4))))

    // y = x (S + D W U) + s + b U: with one task the branch is a part of the weights.
    law "of one task are a plain network" (fun seed isShared ->
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
                    | "bias" ->
                        through (Tensor.unsqueeze 0 task) up |> fun b -> Tensor.squeeze 0 b
                    | _ ->
                        match down with
                        | Some d -> through (Tensor.matMul d task) up
                        | None -> through task up

                weights[$"{layer}/shared/{kind}"] .+ branch)

        near (network.Run weights input) (plain.Run own input))

    // Σ shared layers + fin·p + 2hp + T (L (p² + p) + p·out + out), the original's formula.
    law
        "have as many parameters as the original's formula"
        (fun (PositiveInt units) (PositiveInt tasks) ->
            let h, t, p, inputs, out =
                int64 (units % 40 + 60), int64 (tasks % 20 + 10), 5L, 30L, 2L

            let network =
                Network.build Precision.Full "" {
                    Tasks = int t
                    Features = int inputs
                    Context = 0
                }
                <| Projected.layer {
                    Shared = Spec.layers 3 (int h) (int out)
                    Rank = int p
                    SharedProjections = true
                    Residual = NoResidual
                    Start = ZeroProjections
                }

            let shared = (inputs + 1L) * h + 2L * (h + 1L) * h + (h + 1L) * out
            let branches = inputs * p + 2L * h * p + t * (3L * (p * p + p) + p * out + out)
            Network.count network = shared + branches)

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
