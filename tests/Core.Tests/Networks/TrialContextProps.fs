module MtrlFunctional.Tests.Networks.TrialContextProps

open Expecto
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``the context of a trial`` = [
    let law name = testLaw 15 [] name

    let tasks, sequences, steps, features, units, width = 2, 3, 5, 7, 4, 4

    let encoder: TrialEncoder = {
        Memory = { Units = units; TimeConstant = 10.0 }
        Encoding = Spec.layers 1 6 width
        Observed = 5
    }

    let sizesOf features = { Tasks = tasks; Features = features; Context = 0 }

    let network =
        Network.build Precision.Full "net" (sizesOf features) (TrialContext.encoder encoder)

    // Rows whose mark is 1 at the start of each sequence.
    let rowsOf key =
        let rows = Draw.normal double key [| int64 (tasks * sequences * steps * features) |]

        let numbers =
            Tensor.toDoubles rows
            |> Array.mapi (fun i x ->
                if i % features < features - 1 then x
                elif i / features % steps = 0 then 1.0
                else 0.0)

        Tensor.ofDoubles [| int64 tasks; int64 (sequences * steps); int64 features |] numbers

    let run weights steps start rows =
        network.Run weights {
            NetworkInput.ofRows rows with
                Sequences = Some { Steps = steps; Start = start }
        }

    let contextOf output =
        Tensor.narrow 2 (int64 units) (int64 width) output

    // Rows of one step of each sequence.
    let at step (x: Tensor) =
        let each = Tensor.reshape [| int64 tasks; int64 sequences; int64 steps; -1L |] x
        Tensor.contiguous (Tensor.select 2 (int64 step) each)

    // All kinds of networks that read a context, and nothing of single tasks.
    let readers: Spec list = [
        Chain.layer [ "context", AppendContext.layer; "trunk", Spec.mlp 1 6 2 ]
        Film.layer (Spec.layers 1 6 2)
        FeatureFilm.layer (Spec.layers 1 6 2)
        Experts.layer (mixture 4 1 (Gated gate))
        Experts.layer (mixture 4 1 (Scored gate))
        Experts.layer (mixture 3 1 Ensemble)
        Chain.layer [
            "first", Spec.mlp 0 0 width
            "modules", SoftModules.layer { Modules = 3; Units = 6; Output = 2 }
        ]
        for layers in [ []; [ 3 ] ] do
            Hypernetwork.layer { Target = Spec.layers 1 6 2; HypernetworkHidden = layers }
        FromContext.layer (Composed.layer { Sets = 3; Each = Spec.layers 1 6 2 })
        FromContext.layer (Orthogonal.layer { Experts = 3; Expert = Spec.layers 1 6 5 })
        for residual in [ NoResidual; SumResidual; LinearResidual; ProjectResidual ] do
            FromContext.layer (projected true residual)
            FromContext.layer (projected false residual)
    ]

    law
        "without a transition is the encoding of an empty memory, the same whatever is observed"
        (fun seed ->
            let key = Key.ofSeed seed
            let weights = weightsOf key network

            let empty =
                let alone =
                    Network.build
                        Precision.Full
                        "net/encoding"
                        (sizesOf units)
                        (Mlp.layer encoder.Encoding)

                let zeros =
                    Draw.constant double 0.0 [| int64 tasks; int64 sequences; int64 units |]

                alone.Run weights (NetworkInput.ofRows zeros)

            let before =
                Draw.normal double (Key.at 3L key) [|
                    int64 tasks
                    int64 (sequences)
                    int64 (TrialContext.width encoder)
                |]

            [ None; Some before ]
            |> List.forall (fun start ->
                [ 1L; 2L ]
                |> List.forall (fun draw ->
                    near
                        empty
                        (run weights steps start (rowsOf (Key.at draw key)) |> contextOf |> at 0))))

    law "depends on the observation before a transition, and on nothing later" (fun seed ->
        let key = Key.ofSeed seed
        let weights, rows = weightsOf key network, rowsOf key

        let changed step =
            let shape = [| int64 tasks; int64 sequences; int64 steps; int64 features |]
            let numbers = Tensor.toDoubles rows

            let next =
                numbers
                |> Array.mapi (fun i x ->
                    if i / features % steps = step && i % features = 0 then
                        x + 1.0
                    else
                        x)

            Tensor.reshape (Tensor.shape rows) (Tensor.ofDoubles shape next)

        let context rows =
            run weights steps None rows |> contextOf

        let before = context rows

        [ 0 .. steps - 1 ]
        |> List.forall (fun step ->
            let after = context (changed step)

            [ 0 .. steps - 1 ]
            |> List.forall (fun t ->
                let isLater = t > step || t = step && t > 0
                near (at t before) (at t after) <> isLater)))

    // Each row by itself is a task with its context, in the form in which a task is one of many rows.
    testLaw 3 [] "is read by every kind of network row by row" (fun seed ->
        let key = Key.ofSeed seed
        let output = run (weightsOf key network) steps None (rowsOf key)

        readers
        |> List.forall (fun body ->
            let build sizes spec =
                Network.build Precision.Full "net" sizes spec

            let reader = build (sizesOf network.Width) (TrialContext.reader encoder body)
            let one = build (TrialContext.sizes encoder) body
            let weights = weightsOf (Key.at 5L key) reader
            let together = reader.Run weights (NetworkInput.ofRows output)

            let each = [|
                for task in 0 .. tasks - 1 ->
                    let rowOf (x: Tensor) row =
                        Tensor.contiguous (
                            Tensor.narrow 1 (int64 row) 1L (Tensor.narrow 0 (int64 task) 1L x)
                        )

                    let outputs = [|
                        for row in 0 .. sequences * steps - 1 ->
                            let part first count =
                                Tensor.narrow 2 (int64 first) (int64 count) (rowOf output row)

                            one.Run weights {
                                NetworkInput.ofRows (part (units + width) encoder.Observed) with
                                    Context = Some(part units width)
                                    Task = Some 0
                            }
                    |]

                    Tensor.cat 1 outputs
            |]

            List.forall (fun (p: Parameter) -> not p.PerTask) reader.Parameters
            && near together (Tensor.cat 0 each)))
]
