module MtrlFunctional.Tests.Networks.PixelNetworkProps

open Expecto
open Expecto.Flip
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

let ``a pixel network`` = [
    let frames = 3

    let sizes features : InputSizes = { Tasks = 2; Features = features; Context = 0 }

    let pixelSizes = sizes (frames * PixelLayers.frame)

    let buildFor sizes spec =
        Network.build Precision.Full "net" sizes spec

    // Two rows of random bytes for each of two tasks.
    let pixels key =
        let uniform =
            Draw.uniform TensorOptions.cpu 128.0 key [| 2L; 2L; int64 pixelSizes.Features |]

        Tensor.toType ScalarType.Byte (128.0 +. uniform)

    testTheory "of any depth maps frames to feature maps and back to frames" [ 2, 39; 4, 35; 6, 31 ]
    <| fun (layers, side) ->
        let conv = buildFor pixelSizes (Convolutions.layer { Layers = layers; Filters = 2 })

        let deconv =
            Deconvolutions.layer { Layers = layers; Filters = 2; Channels = frames }
            |> buildFor (sizes conv.Width)

        let key = Key.ofSeed 4L
        let maps = conv.Run (weightsOf key conv) (NetworkInput.ofRows (pixels key))
        let images = deconv.Run (weightsOf key deconv) (NetworkInput.ofRows maps)
        Tensor.shape maps |> equals [| 2L; 2L; int64 (2 * side * side) |]

        Tensor.shape images |> equals [| 2L; 2L; int64 pixelSizes.Features |]

        conv.Width |> equals (2 * side * side)
        deconv.Width |> equals pixelSizes.Features

    // The output for bytes is that for the same numbers of the type of the weights, divided by 255.
    testCase "reads bytes as numbers of the type of its weights" (fun () ->
        let network = buildFor pixelSizes (Convolutions.layer { Layers = 2; Filters = 2 })
        let weights = weightsOf (Key.ofSeed 4L) network
        let bytes = pixels (Key.ofSeed 5L)

        let run x =
            network.Run weights (NetworkInput.ofRows x)

        let fromBytes = run bytes
        Tensor.scalarType fromBytes |> equals ScalarType.Float64
        isTrue (near fromBytes (run (Tensor.toType ScalarType.Float64 bytes))))

    testCase "has errors for other depths and for inputs that are no frames" (fun () ->
        let errors features spec = Network.errors (sizes features) spec
        let encoder layers = Spec.pixelEncoder layers 32 50
        errors (9 * 84 * 84) (encoder 4) |> equals []
        errors (9 * 84 * 84) (encoder 3) |> equals [ SpecError.ConvolutionCount 3 ]
        errors 39 (encoder 6) |> equals [ SpecError.NoFrames 39 ]
        errors (3 * 64 * 64) (encoder 2) |> equals [ SpecError.NoFrames(3 * 64 * 64) ]
        errors 50 (Spec.pixelDecoder 2 32 9) |> equals []

        let deconv layers =
            Deconvolutions.layer { Layers = layers; Filters = 4; Channels = 9 }

        errors 7 (deconv 6) |> equals [ SpecError.NoFeatureMaps(7, 4 * 31 * 31) ]
        errors 7 (deconv 5) |> equals [ SpecError.DeconvolutionCount 5 ])

    testCase "is described by the sizes of its images, and its activations are counted" (fun () ->
        let encoder = Spec.pixelEncoder 4 32 50

        let lines spec features =
            Network.parts "" (sizes features) spec |> List.map _.Description

        lines encoder (9 * 84 * 84)
        |> equals (
            [
                "4 convolutions 3×3, 9×84×84 → 32×35×35"
                "39200 → 50"
                "layer normalisation"
                "tanh"
            ]
        )

        lines (Spec.pixelDecoder 4 32 9) 50
        |> equals ([ "50 → 39200"; "ReLU"; "4 transposed convolutions 3×3, 32×35×35 → 9×84×84" ])

        let outputs = 32 * (41 * 41 + 39 * 39 + 37 * 37 + 35 * 35)

        Network.activationsPerRow (sizes (9 * 84 * 84)) encoder
        |> equals (float (9 * 84 * 84 + outputs + 3 * 50)))

    // Of each parameter; none where it does not begin uniformly.
    let uniformBounds network = [
        for parameter in network.Parameters ->
            match parameter.Initialiser with
            | Uniform bound -> Some bound
            | _ -> None
    ]

    testCase
        "that begins as He et al. has their bounds, and a bound of its own in the last layer"
        (fun () ->
            let network =
                HeStart.layer
                    0.5
                    (Chain.layer [
                        "hidden", Spec.mlp 0 0 512
                        "norm", LayerNorm.layer
                        "relu", Activate.layer Relu
                        "output", Spec.mlp 1 20 3
                    ])
                |> buildFor (sizes 16)

            let bounds = uniformBounds network
            let he inputs = Some(sqrt (6.0 / inputs))

            bounds
            |> equals [ he 16.0; None; None; None; he 512.0; None; Some 0.5; Some 0.5 ])

    // The maps of its tasks have no bias, and come after the shared layer.
    testCase
        "that begins as He et al. ends with the shared layer of projected task layers"
        (fun () ->
            let network =
                HeStart.layer
                    0.5
                    (Projected.layer {
                        Shared = { Hidden = [ 16; 16 ]; Output = 3; Activation = Activation.Relu }
                        Rank = 5
                        SharedProjections = false
                        Residual = NoResidual
                        Start = ZeroLastMap
                    })
                |> buildFor (sizes 16)

            let bounds =
                Map(List.zip (List.map _.Path network.Parameters) (uniformBounds network))

            let last = "net/2/shared"
            bounds[$"{last}/weight"] |> Expect.equal $"{bounds}" (Some 0.5)
            bounds[$"{last}/bias"] |> Expect.equal $"{bounds}" (Some 0.5)
            bounds["net/2/down"] |> Expect.equal $"{bounds}" None)

    testCase "that begins uniformly has PyTorch's bounds in dense layers only" (fun () ->
        let network =
            Chain.layer [
                "hidden", Spec.mlp 0 0 512
                "norm", LayerNorm.layer
                "relu", Activate.layer Relu
                "output", Spec.mlp 1 20 3
            ]
            |> UniformStart.layer
            |> buildFor (sizes 16)

        let bounds = uniformBounds network
        let at inputs = Some(1.0 / sqrt inputs)

        bounds
        |> equals [ at 16.0; at 16.0; None; None; at 512.0; at 512.0; at 20.0; at 20.0 ]

        use _ = TorchSharp.torch.NewDisposeScope()
        let layout = Layout.create network.Parameters
        let weights = Layout.views layout (Layout.initialise double (Key.ofSeed 1L) layout)
        let numbers = Tensor.toDoubles weights["net/hidden/0/weight"]
        Array.max (Array.map abs numbers) |> isInRange 0.249 0.25
        Array.max (Tensor.toDoubles weights["net/output/0/bias"]) |> isAbove 0.03)

    // Each task has the encoder that the same parameters give it alone, and initial filters of its own.
    testCase "can be separate for each task" (fun () ->
        let spec = Spec.pixelEncoder 2 2 5
        let network = Network.separate spec |> Option.get |> buildFor pixelSizes
        let layout = Layout.create network.Parameters
        let weights = Layout.views layout (Layout.initialise double (Key.ofSeed 3L) layout)
        let rows = pixels (Key.ofSeed 5L)
        let all = network.Run weights (NetworkInput.ofRows rows)
        let alone = buildFor { pixelSizes with Tasks = 1 } spec

        for task in 0..1 do
            let own = weightsFor alone (fun p -> Tensor.select 0 (int64 task) weights[p.Path])
            let found = alone.Run own (NetworkInput.ofRows (only task rows))
            Expect.isTrue $"task {task}" (near (only task all) found)

        let filters = Tensor.unbind 0 weights["net/conv/0/weight"]
        isFalse (near filters[0] filters[1])
        Tensor.item (Tensor.norm filters[1]) |> isWithin 1e-12 2.0)
]
