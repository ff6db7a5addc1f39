namespace MtrlFunctional.Tests.Networks

open System
open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Networks.Nets

/// Laws of the layers of `LayerKinds.all`, and of a layer from outside the library.
[<TestFixture>]
module ``every layer`` =
    let private layers = [
        for layer, sizes in LayerKinds.all @ [ TaskGates.gate 4.0, sizes 3 ] ->
            TestCaseData(layer, sizes).SetArgDisplayNames layer.Kind
    ]

    let private built sizes spec =
        Network.build Precision.Full "net" sizes spec

    let private inputOf (sizes: InputSizes) =
        let draw i shape =
            Draw.normal double (Key.ofSeed i) (List.toArray shape)

        {
            NetworkInput.ofRows (draw 1L [ int64 sizes.Tasks; 5L; int64 sizes.Features ]) with
                Context = Some(draw 2L [ int64 sizes.Tasks; 1L; int64 sizes.Context ])
        }

    [<TestCaseSource(nameof layers)>]
    let ``gives rows of its width`` (layer: Spec) (sizes: InputSizes) =
        use _ = TorchSharp.torch.NewDisposeScope()
        Assert.That(Network.errors sizes layer, Is.Empty)
        let network = built sizes layer
        let y = network.Run (weightsOf (Key.ofSeed 3L) network) (inputOf sizes)
        let shape = Tensor.shape y |> Array.toList
        // Task embeddings are the same for all rows.
        let rows = [ 5L; 1L ] |> List.map (fun rows -> [ 3L; rows; int64 network.Width ])
        Assert.That(List.contains shape rows, $"{shape}")

    [<TestCaseSource(nameof layers)>]
    let ``is described with all of its parameters`` (layer: Spec) (sizes: InputSizes) =
        let parts = Network.parts "net" sizes layer

        for part in parts do
            Assert.That(part.Description, Is.Not.Empty)

        Assert.That(
            parts |> List.sumBy (fun part -> part.Trained + part.Fixed),
            Is.EqualTo(Network.count (built sizes layer))
        )

        Assert.That((List.last parts).Width, Is.EqualTo (built sizes layer).Width)

    /// A layer that is made again from its settings is the same value.
    [<TestCaseSource(nameof layers)>]
    let ``is a value of its kind and its settings`` (layer: Spec) (_: InputSizes) =
        let again = Network.activated Relu layer
        Assert.That((again = layer && hash again = hash layer))
        Assert.That(string layer, Does.StartWith layer.Kind)

        for other, _ in LayerKinds.all do
            Assert.That((other = layer), Is.EqualTo((other.Kind = layer.Kind)))

    [<TestCaseSource(nameof layers)>]
    let ``counts its activations`` (layer: Spec) (sizes: InputSizes) =
        for isByRow in [ false; true ] do
            let count = layer.ActivationsPerRow isByRow sizes
            Assert.That(Double.IsFinite count && count >= 0.0)

    /// The form for files is of the same width, or is refused in words.
    [<TestCaseSource(nameof layers)>]
    let ``has a form for files of its width, or a reason`` (layer: Spec) (sizes: InputSizes) =
        use _ = TorchSharp.torch.NewDisposeScope()
        let network = built sizes layer

        let source =
            weightsOf (Key.ofSeed 3L) network
            |> RowSource.ofTasks sizes.Tasks (inputOf sizes).Context

        match Network.rows source "net" sizes.Features layer with
        | Ok(_, width) -> Assert.That(width, Is.EqualTo network.Width)
        | Error reason -> Assert.That(reason, Is.Not.Empty)

    [<TestCaseSource(nameof layers)>]
    let ``shares nothing where it is separated`` (layer: Spec) (sizes: InputSizes) =
        match Network.separate layer with
        | None -> Assert.Pass "It must be shared."
        | Some separate ->
            let network, one = built sizes separate, built { sizes with Tasks = 1 } separate
            Assert.That(network.Parameters |> List.forall _.PerTask)
            Assert.That(Network.count network, Is.EqualTo(int64 sizes.Tasks * Network.count one))
            Assert.That(network.Width, Is.EqualTo (built sizes layer).Width)

    /// The parameters that dense steps have, from the width of the input.
    let private parametersOf (sizes: InputSizes) (steps: DenseStep list) =
        let copies owner =
            match owner with
            | DenseOwner.All -> 1
            | DenseOwner.Task -> sizes.Tasks
            | DenseOwner.Group groups -> (List.distinct groups).Length

        let step inputs step =
            match step with
            | DenseStep.Map(units, owner) -> copies owner * (inputs + 1) * units, units
            | DenseStep.Normalise -> 2 * inputs, inputs
            | DenseStep.Activate _ -> 0, inputs

        List.mapFold step sizes.Features steps |> fst |> List.sum

    [<TestCaseSource(nameof layers)>]
    let ``has the parameters of its dense form`` (layer: Spec) (sizes: InputSizes) =
        match layer.Dense with
        | None -> Assert.Pass "It has none."
        | Some steps ->
            Assert.That(
                Network.count (built sizes layer),
                Is.EqualTo(int64 (parametersOf sizes steps))
            )

    let private folder = Path.Combine(Repository.root, "src/Core/Networks")

    let private codeOf path =
        Regex.Replace(File.ReadAllText path, "//.*|\"[^\"\n]*\"", "")

    let private files =
        Directory.GetFiles(folder, "*.fs", SearchOption.AllDirectories) |> Array.toList

    let private nameOf (path: string) =
        Path.GetRelativePath(folder, path).Replace('\\', '/')

    /// The file that makes layers of a kind.
    let private fileOf (kind: string) =
        files
        |> List.filter (fun path ->
            Regex.IsMatch(File.ReadAllText path, $"(Spec\\.Of\\(|table)\\s*\"{kind}\""))
        |> List.exactlyOne

    /// Layers that other layers, or short forms of networks, consist of.
    let private elements =
        Map [
            "Activate",
            [
                "Conditioning/FeatureFilm.fs"
                "Conditioning/Film.fs"
                "Conditioning/Projected.fs"
                "Experts/Experts.fs"
                "Layers/Blend.fs"
                "Layers/Mlp.fs"
                "Layers/PerTask.fs"
                "SpecForms.fs"
            ]
            "Chain", [ "Layers/Mlp.fs"; "SpecForms.fs" ]
            "Convolutions", [ "Pixels/Deconvolutions.fs"; "SpecForms.fs" ]
            "Deconvolutions", [ "SpecForms.fs" ]
            "Film", [ "Conditioning/FeatureFilm.fs" ]
            "ForEachTask",
            [
                "Layers/Gru.fs"
                "Layers/LayerNorm.fs"
                "Layers/ModuleLayer.fs"
                "Pixels/Convolutions.fs"
                "Pixels/Deconvolutions.fs"
            ]
            "Gru", [ "Conditioning/TrialContext.fs" ]
            "LayerNorm", [ "Layers/Mlp.fs"; "SpecForms.fs" ]
            "Mlp",
            [
                "Conditioning/Hypernetwork.fs"
                "Conditioning/TrialContext.fs"
                "Experts/Gating.fs"
                "SpecForms.fs"
            ]
            "PerTask", [ "Experts/Experts.fs"; "Layers/Mlp.fs" ]
            "TaskTable", [ "Experts/Gating.fs" ]
        ]

    let private kinds = LayerKinds.all |> List.map (fun (layer, _) -> layer.Kind)

    /// A layer costs its own file and a line of the list: no question about networks names it.
    [<TestCaseSource(nameof kinds)>]
    let ``is named by its own file, by the list, and by layers that consist of it`` (kind: string) =
        let own = fileOf kind
        let name = Path.GetFileNameWithoutExtension own

        let naming =
            files
            |> List.filter (fun path -> Regex.IsMatch(codeOf path, $@"(?<![\w.]){name}\."))
            |> List.map nameOf
            |> List.except [ nameOf own ]

        let expected =
            "LayerKinds.fs" :: (Map.tryFind name elements |> Option.defaultValue [])

        Assert.That(naming, Is.EquivalentTo expected)

    [<Test>]
    let ``has a word that no other has`` () =
        Assert.That(List.distinct kinds, Has.Length.EqualTo kinds.Length)
