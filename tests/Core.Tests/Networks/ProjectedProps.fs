module MtrlFunctional.Tests.Networks.ProjectedProps

open Expecto
open Expecto.Flip
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
