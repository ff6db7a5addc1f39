namespace MtrlFunctional.Tests.Networks

open FsCheck
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests.Networks.Nets

[<TestFixture>]
module ``a pixel network`` =

    let private frames = 3
    let private sizes features : InputSizes = { Tasks = 2; Features = features; Context = 0 }
    let private pixelSizes = sizes (frames * PixelLayers.frame)

    let private buildFor sizes spec =
        Network.build Precision.Full "net" sizes spec

    let private shapes (network: Module) =
        network.Parameters |> List.map (fun p -> p.Path, p.Shape)

    /// Two rows of random bytes for each of two tasks.
    let private pixels key =
        let uniform =
            Draw.uniform TensorOptions.cpu 128.0 key [| 2L; 2L; int64 pixelSizes.Features |]

        Tensor.toType ScalarType.Byte (128.0 +. uniform)

    [<Test>]
    let ``encoder has the parameters of the original, and a decoder mirrors them`` () =
        let encoder = buildFor pixelSizes (Spec.pixelEncoder 4 32 50)
        let features = 32 * 35 * 35

        let expected = [
            "net/conv/0/weight", [ 32L; 3L; 3L; 3L ]
            "net/conv/0/bias", [ 32L ]
            for i in 1..3 do
                $"net/conv/{i}/weight", [ 32L; 32L; 3L; 3L ]
                $"net/conv/{i}/bias", [ 32L ]
            "net/linear/0/weight", [ int64 features; 50L ]
            "net/linear/0/bias", [ 50L ]
            "net/norm/gain", [ 50L ]
            "net/norm/shift", [ 50L ]
        ]

        Assert.That((shapes encoder = expected))
        Assert.That(encoder.Width, Is.EqualTo 50)

        let decoder = buildFor (sizes 50) (Spec.pixelDecoder 4 32 9)

        let expected = [
            "net/linear/0/weight", [ 50L; int64 features ]
            "net/linear/0/bias", [ int64 features ]
            for i in 0..2 do
                $"net/deconv/{i}/weight", [ 32L; 32L; 3L; 3L ]
                $"net/deconv/{i}/bias", [ 32L ]
            "net/deconv/3/weight", [ 32L; 9L; 3L; 3L ]
            "net/deconv/3/bias", [ 9L ]
        ]

        Assert.That((shapes decoder = expected))
        Assert.That(decoder.Width, Is.EqualTo(9 * 84 * 84))

    [<TestCase(2, 39)>]
    [<TestCase(4, 35)>]
    [<TestCase(6, 31)>]
    let ``of any depth maps frames to feature maps and back to frames`` (layers, side) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let conv = buildFor pixelSizes (Convolutions.layer { Layers = layers; Filters = 2 })

        let deconv =
            Deconvolutions.layer { Layers = layers; Filters = 2; Channels = frames }
            |> buildFor (sizes conv.Width)

        let key = Key.ofSeed 4L
        let maps = conv.Run (weightsOf key conv) (NetworkInput.ofRows (pixels key))
        let images = deconv.Run (weightsOf key deconv) (NetworkInput.ofRows maps)
        Assert.That(Tensor.shape maps, Is.EqualTo<int64[]> [| 2L; 2L; int64 (2 * side * side) |])

        Assert.That(
            Tensor.shape images,
            Is.EqualTo<int64[]> [| 2L; 2L; int64 pixelSizes.Features |]
        )

        Assert.That(conv.Width, Is.EqualTo(2 * side * side))
        Assert.That(deconv.Width, Is.EqualTo pixelSizes.Features)

    /// The output for bytes is that for the same numbers of the type of the weights, divided by 255.
    [<Test>]
    let ``reads bytes as numbers of the type of its weights`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let network = buildFor pixelSizes (Convolutions.layer { Layers = 2; Filters = 2 })
        let weights = weightsOf (Key.ofSeed 4L) network
        let bytes = pixels (Key.ofSeed 5L)

        let run x =
            network.Run weights (NetworkInput.ofRows x)

        let fromBytes = run bytes
        Assert.That(Tensor.scalarType fromBytes, Is.EqualTo ScalarType.Float64)
        Assert.That(near fromBytes (run (Tensor.toType ScalarType.Float64 bytes)))

    /// Channels first, rows before columns: a filter that is 1 at one tap of one channel copies that channel,
    /// shifted by the tap.
    [<Test>]
    let ``has features in the order of channels, rows and columns`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
        let network = buildFor pixelSizes (Convolutions.layer { Layers = 2; Filters = 2 })

        let tap shape (at: int) =
            let numbers = Array.zeroCreate<float>(List.fold (*) 1 shape)
            numbers[at] <- 1.0
            Tensor.ofDoubles [| for size in shape -> int64 size |] numbers

        // Filter 1 of the first layer reads channel 2 at row 0, column 1; filter 0 of the second reads filter 1 at
        // row 2, column 0.
        let weights =
            weightsFor network (fun p ->
                match p.Path with
                | "net/0/weight" -> tap [ 2; 3; 3; 3 ] ((3 + 2) * 9 + 1)
                | "net/1/weight" -> tap [ 2; 2; 3; 3 ] (9 + 6)
                | _ -> Draw.constant double 0.0 [| 2L |])

        let bytes = pixels (Key.ofSeed 6L)
        let found = Tensor.toDoubles (network.Run weights (NetworkInput.ofRows bytes))
        let values = Tensor.toDoubles bytes |> Array.chunkBySize pixelSizes.Features

        let expected = [|
            for row in values do
                for filter in 0..1 do
                    for i in 0..38 do
                        for j in 0..38 ->
                            if filter = 0 then
                                row[2 * 84 * 84 + 2 * (i + 2) * 84 + 2 * j + 1] / 255.0
                            else
                                0.0
        |]

        Assert.That(found, Is.EqualTo<float[]>(expected).Within 1e-15)

    let private slopes name (sizes: InputSizes) spec (rows: Key -> Tensor) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let network = buildFor sizes spec
        let key = Key.ofSeed 8L
        let weights = weightsOf key network
        let layout = Layout.create network.Parameters
        let vector = Layout.flatten layout (fun p -> weights[p.Path])
        let input = NetworkInput.ofRows (rows (Key.at 3L key))

        let target = Draw.normal double (Key.at 4L key) [| 2L; 2L; int64 network.Width |]

        let loss (weights: Weights) =
            Tensor.mean (Tensor.square (network.Run weights input .- target))

        let leaves = Gradient.leaves weights
        let gradient, _ = Gradient.flat layout leaves [] (loss leaves)

        for direction in 0L .. 2L do
            let along = Draw.normal double (Key.at (10L + direction) key) [| layout.Length |]

            let at step =
                Tensor.item (loss (Layout.views layout (vector .+ step *. along)))

            let slope = (at 1e-6 - at -1e-6) / 2e-6
            let found = Tensor.item (Tensor.sum (gradient .* along))

            Assert.That(
                found,
                Is.EqualTo(slope).Within(1e-4 * (1.0 + abs slope)),
                $"{name}, {direction}"
            )

    [<Test>]
    let ``has the gradient of central differences along random directions`` () =
        slopes "encoder" pixelSizes (Spec.pixelEncoder 2 2 5) pixels

        slopes "decoder" (sizes 5) (Spec.pixelDecoder 2 2 3) (fun key ->
            Draw.normal double key [| 2L; 2L; 5L |])

    [<Test>]
    let ``has errors for other depths and for inputs that are no frames`` () =
        let errors features spec = Network.errors (sizes features) spec
        let encoder layers = Spec.pixelEncoder layers 32 50
        Assert.That((errors (9 * 84 * 84) (encoder 4) = []))
        Assert.That((errors (9 * 84 * 84) (encoder 3) = [ SpecError.ConvolutionCount 3 ]))
        Assert.That((errors 39 (encoder 6) = [ SpecError.NoFrames 39 ]))
        Assert.That((errors (3 * 64 * 64) (encoder 2) = [ SpecError.NoFrames(3 * 64 * 64) ]))
        Assert.That((errors 50 (Spec.pixelDecoder 2 32 9) = []))

        let deconv layers =
            Deconvolutions.layer { Layers = layers; Filters = 4; Channels = 9 }

        Assert.That((errors 7 (deconv 6) = [ SpecError.NoFeatureMaps(7, 4 * 31 * 31) ]))
        Assert.That((errors 7 (deconv 5) = [ SpecError.DeconvolutionCount 5 ]))

    [<Test>]
    let ``is described by the sizes of its images, and its activations are counted`` () =
        let encoder = Spec.pixelEncoder 4 32 50

        let lines spec features =
            Network.parts "" (sizes features) spec |> List.map _.Description

        Assert.That(
            (lines encoder (9 * 84 * 84) = [
                "4 convolutions 3×3, 9×84×84 → 32×35×35"
                "39200 → 50"
                "layer normalisation"
                "tanh"
            ])
        )

        Assert.That(
            (lines (Spec.pixelDecoder 4 32 9) 50 = [
                "50 → 39200"
                "ReLU"
                "4 transposed convolutions 3×3, 32×35×35 → 9×84×84"
            ])
        )

        let outputs = 32 * (41 * 41 + 39 * 39 + 37 * 37 + 35 * 35)

        Assert.That(
            Network.activationsPerRow (sizes (9 * 84 * 84)) encoder,
            Is.EqualTo(float (9 * 84 * 84 + outputs + 3 * 50))
        )

    /// Of each parameter; none where it does not begin uniformly.
    let private uniformBounds network = [
        for parameter in network.Parameters ->
            match parameter.Initialiser with
            | Uniform bound -> Some bound
            | _ -> None
    ]

    [<Test>]
    let ``that begins as He et al. has their bounds, and a bound of its own in the last layer`` () =
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

        Assert.That(
            (bounds = [ he 16.0; None; None; None; he 512.0; None; Some 0.5; Some 0.5 ]),
            $"{bounds}"
        )

    /// The maps of its tasks have no bias, and come after the shared layer.
    [<Test>]
    let ``that begins as He et al. ends with the shared layer of projected task layers`` () =
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
        Assert.That((bounds[$"{last}/weight"] = Some 0.5), $"{bounds}")
        Assert.That((bounds[$"{last}/bias"] = Some 0.5), $"{bounds}")
        Assert.That((bounds["net/2/down"] = None), $"{bounds}")

    [<Test>]
    let ``that begins uniformly has PyTorch's bounds in dense layers only`` () =
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

        Assert.That(
            (bounds = [ at 16.0; at 16.0; None; None; at 512.0; at 512.0; at 20.0; at 20.0 ])
        )

        use _ = TorchSharp.torch.NewDisposeScope()
        let layout = Layout.create network.Parameters
        let weights = Layout.views layout (Layout.initialise double (Key.ofSeed 1L) layout)
        let numbers = Tensor.toDoubles weights["net/hidden/0/weight"]
        Assert.That(Array.max (Array.map abs numbers), Is.InRange(0.249, 0.25))
        Assert.That(Array.max (Tensor.toDoubles weights["net/output/0/bias"]), Is.GreaterThan 0.03)

    /// Each task has the encoder that the same parameters give it alone, and initial filters of its own.
    [<Test>]
    let ``can be separate for each task`` () =
        use _ = TorchSharp.torch.NewDisposeScope()
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
            Assert.That(near (only task all) found, $"task {task}")

        let filters = Tensor.unbind 0 weights["net/conv/0/weight"]
        Assert.That(near filters[0] filters[1], Is.False)
        Assert.That(Tensor.item (Tensor.norm filters[1]), Is.EqualTo(2.0).Within 1e-12)
