module MtrlFunctional.Tests.Networks.ModuleLayerTests

open Expecto
open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets
open TorchSharp

let ``a module of TorchSharp as a layer`` = [
    let valuesOf options seed (network: Module) =
        let layout = Layout.create network.Parameters
        Layout.initialise options (Key.ofSeed seed) layout |> Tensor.toDoubles

    // The result and the gradient of Σ yᵢ².
    let computed (network: Module) (weights: Weights) input =
        let leaves = Gradient.leaves weights
        let y = network.Run leaves input
        let layout = Layout.create network.Parameters
        y, fst (Gradient.flat layout leaves [] (Tensor.sum (Tensor.square y)))

    testCase "has the results and the gradients of the same layers of this library" (fun () ->
        let plain, own = build 4 (Spec.mlp 1 6 2), build 4 (OwnModules.dense 6 2)
        let weights = weightsOf (Key.ofSeed 1L) plain

        // torch's weights are [out, in].
        let turned (x: Tensor) = if x.dim () = 2L then x.t () else x
        let path (parameter: Parameter) = parameter.Path

        List.map path own.Parameters |> equals (List.map path plain.Parameters)

        let same =
            Layout.views
                (Layout.create own.Parameters)
                (Layout.flatten (Layout.create own.Parameters) (fun p -> turned weights[p.Path]))

        let y, gradient = computed plain weights (input (Key.ofSeed 2L) 4)
        let y', gradient' = computed own same (input (Key.ofSeed 2L) 4)
        isTrue (near y y')

        let ofOwn = Layout.views (Layout.create own.Parameters) gradient'

        isTrue (
            near
                gradient
                (Layout.flatten (Layout.create plain.Parameters) (fun p -> turned ofOwn[p.Path]))
        ))

    testCase "computes with what is given, while earlier results keep their gradients" (fun () ->
        let network, input = build 4 (OwnModules.trunk 6), input (Key.ofSeed 2L) 4

        let first, second =
            weightsOf (Key.ofSeed 1L) network, weightsOf (Key.ofSeed 3L) network

        let alone = computed network first input |> snd
        let leaves = Gradient.leaves first
        let loss = Tensor.sum (Tensor.square (network.Run leaves input))
        computed network second input |> ignore

        let gradient =
            Gradient.flat (Layout.create network.Parameters) leaves [] loss |> fst

        Tensor.toDoubles gradient |> equals (Tensor.toDoubles alone))

    testCase "gives on several threads the bits that it gives on one" (fun () ->
        let network = build 4 (OwnModules.trunk 6)

        let bits i =
            use _ = TorchSharp.torch.NewDisposeScope()

            let y, gradient =
                computed network (weightsOf (Key.ofSeed i) network) (input (Key.ofSeed i) 4)

            Tensor.toDoubles y, Tensor.toDoubles gradient

        let expected = [| for i in 1L .. 40L -> bits i |]
        let found = Array.zeroCreate expected.Length

        Parallel.For(0, expected.Length, fun i -> found[i] <- bits (int64 i + 1L))
        |> ignore

        found |> equals expected)

    testCase "begins with the values that the module draws, from the key" (fun () ->
        let network = build 4 (OwnModules.trunk 6)
        let values = valuesOf TensorOptions.cpu 1L network

        values |> equals (valuesOf TensorOptions.cpu 1L (build 4 (OwnModules.trunk 6)))

        values |> differsFrom (valuesOf TensorOptions.cpu 2L network)
        // A gain within [0, 1), then a weight and a bias within ±1/√5.
        values[..5] |> Seq.iter (isInRange 0.0 1.0)
        values[6..] |> Seq.iter (isInRange -0.4473 0.4473)
        Array.distinct values |> hasLength values.Length

        // One draw of the module gives all of its parameters.
        let tied =
            ModuleLayer.Of(fun inputs ->
                new OwnModules.Own(fun it ->
                    let a = torch.rand inputs
                    it.register_parameter ("a", new Modules.Parameter(a.clone ()))
                    it.register_parameter ("b", new Modules.Parameter(1.0 - a))
                    fun x -> x * it.get_parameter "a" + it.get_parameter "b"))

        let both = build 4 tied |> valuesOf TensorOptions.cpu 1L |> Array.chunkBySize 5
        Array.map2 (+) both[0] both[1] |> Seq.iter (isWithin 1e-6 1.0)

        let separate = build 3 (ForEachTask.layer tied) |> valuesOf TensorOptions.cpu 1L
        Array.distinct separate |> Seq.length |> isAbove 20)

    testCase "leaves libtorch's generator as it was" (fun () ->
        use before = torch.random.get_rng_state ()
        build 4 (OwnModules.trunk 6) |> valuesOf TensorOptions.cpu 1L |> ignore
        use after = torch.random.get_rng_state ()
        isTrue (before.Equals after))

    testCase "has a description, a count of activations and a copy for each task" (fun () ->
        let spec = OwnModules.dense 6 2
        let part = Network.parts "net" (sizes 4) spec |> List.exactlyOne
        part.Description |> equals "module Sequential, 5 → 2"
        Network.activationsPerRow (sizes 4) spec |> equals 16.0

        let separate = (Network.separate spec).Value
        Network.count (build 4 separate) |> equals (4L * Network.count (build 4 spec)))

    let refused = OwnModules.refused |> List.map (fun (name, _, _) -> name)

    testTheory "is refused where it is no function of parameters and rows" refused (fun name ->
        let _, create, words =
            OwnModules.refused |> List.find (fun (other, _, _) -> other = name)

        let message =
            try
                build 4 (ModuleLayer.Of create) |> ignore
                "not refused"
            with :? OwnPartException as failure ->
                failure.Message

        message |> startsWith "net (ModuleLayer): Build failed: "
        message |> contains words)

    testCase "has constants, which have the type of the rows" (fun () ->
        let scaled =
            ModuleLayer.Of(fun inputs ->
                new OwnModules.Own(fun it ->
                    let scale = torch.arange (1, inputs + 1, dtype = torch.float32) / 3.0
                    it.register_buffer ("scale", scale)
                    fun x -> x * scale))

        let network, input = build 4 scaled, input (Key.ofSeed 2L) 4
        network.Parameters |> isEmpty
        let y = network.Run (weightsOf (Key.ofSeed 1L) network) input
        Tensor.scalarType y |> equals ScalarType.Float64

        let columns = Array.chunkBySize 5 (Tensor.toDoubles input.Rows)

        let expected =
            columns
            |> Array.collect (Array.mapi (fun i x -> float (float32 (i + 1) / 3.0f) * x))

        Tensor.toDoubles y |> areWithin 1e-12 expected)

    testCase "has batch normalisation and dropout where they are switched off" (fun () ->
        let layer =
            ModuleLayer.Of(fun inputs ->
                let it =
                    torch.nn.Sequential(
                        torch.nn.Linear(inputs, 4),
                        torch.nn.BatchNorm1d 4,
                        torch.nn.Dropout 0.5
                    )

                it.eval ()
                it)

        (build 4 layer).Width |> equals 4)
]
