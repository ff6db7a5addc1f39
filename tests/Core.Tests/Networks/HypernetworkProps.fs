namespace MtrlFunctional.Tests.Networks

open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

[<TestFixture; Properties(MaxTest = 20)>]
module ``a hypernetwork`` =

    let private hyper maker =
        Hypernetwork { Target = Spec.layers 2 6 2; HypernetworkHidden = maker }

    let private plain tasks = build tasks (Spec.mlp 2 6 2)

    let private same (network: Module) (weights: Weights) signal =
        let own = weightsFor (plain 4) (fun p -> weights[p.Path])
        near (network.Run weights signal) ((plain 4).Run own signal)

    /// Bias-HyperInit.
    [<Property>]
    let ``is the shared network at the start`` seed =
        use _ = Ops.Scope()
        let key = Key.ofSeed seed

        [ []; [ 5 ]; [ 5; 3 ] ]
        |> List.forall (fun maker ->
            let network = build 4 (hyper maker)
            let layout = Layout.create network.Parameters
            let weights = Layout.views layout (Layout.initialise double key layout)
            same network weights (signal key 4))

    /// Nothing known of the tasks: nothing is added.
    [<Property>]
    let ``is the shared network where the context is zero`` seed =
        use _ = Ops.Scope()
        let key = Key.ofSeed seed
        let network, signal = build 4 (hyper []), signal key 4
        let signal = { signal with Context = signal.Context |> Option.map (fun c -> 0.0 *. c) }
        same network (weightsOf key network) signal

    /// θ + Σ_k z_τk M_k by a loop, each task alone.
    [<Property>]
    let ``gives each task the parameters that its context makes`` seed =
        use _ = Ops.Scope()
        let key = Key.ofSeed seed
        let network, signal = build 4 (hyper []), signal key 4
        let weights = weightsOf key network
        let outputs = network.Run weights signal
        let contexts = Ops.ToDoubles signal.Context.Value |> Array.chunkBySize 4

        [ 0..3 ]
        |> List.forall (fun task ->
            let own =
                weightsFor (plain 1) (fun p ->
                    let cut = p.Path.LastIndexOf '/'
                    let added = weights[p.Path.Insert(cut, "/added")]

                    [ 0..3 ]
                    |> List.map (fun k -> contexts[task][k] *. Ops.Select(added, 0L, int64 k))
                    |> List.fold (.+) weights[p.Path])

            let alone = { signal with Rows = only task signal.Rows }
            near (only task outputs) ((plain 1).Run own alone))

    [<Test>]
    let ``learns with all its parameters within three updates`` () =
        for maker in [ []; [ 5 ]; [ 5; 3 ] ] do
            Assert.That(still 3 (build 4 (hyper maker)), Is.Empty, $"{maker}")
