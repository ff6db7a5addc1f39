module MtrlFunctional.Tests.Networks.LayerKindTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Networks.Nets

/// Laws of the layers of `LayerKinds.all`, and of a layer from outside the library.
let ``every layer`` = [
    let layers = [
        for layer, sizes in LayerKinds.all @ [ TaskGates.gate 4.0, sizes 3 ] ->
            layer.Kind, (layer, sizes)
    ]

    let built sizes spec =
        Network.build Precision.Full "net" sizes spec

    let inputOf (sizes: InputSizes) =
        let draw i shape =
            Draw.normal double (Key.ofSeed i) (List.toArray shape)

        {
            NetworkInput.ofRows (draw 1L [ int64 sizes.Tasks; 5L; int64 sizes.Features ]) with
                Context = Some(draw 2L [ int64 sizes.Tasks; 1L; int64 sizes.Context ])
        }

    testNamed "gives rows of its width" layers (fun (layer, sizes) ->
        Network.errors sizes layer |> isEmpty
        let network = built sizes layer
        let y = network.Run (weightsOf (Key.ofSeed 3L) network) (inputOf sizes)
        let shape = Tensor.shape y |> Array.toList
        // Task embeddings are the same for all rows.
        let rows = [ 5L; 1L ] |> List.map (fun rows -> [ 3L; rows; int64 network.Width ])
        Expect.isTrue $"{shape}" (List.contains shape rows))

    testNamed "is described with all of its parameters" layers (fun (layer, sizes) ->
        let parts = Network.parts "net" sizes layer

        for part in parts do
            part.Description |> isNotEmpty

        parts
        |> List.sumBy (fun part -> part.Trained + part.Fixed)
        |> equals (Network.count (built sizes layer))

        (List.last parts).Width |> equals ((built sizes layer).Width))

    // A layer that is made again from its settings is the same value.
    testNamed "is a value of its kind and its settings" layers (fun (layer, _) ->
        let again = Network.activated Relu layer
        isTrue (again = layer && hash again = hash layer)
        string layer |> startsWith layer.Kind

        for other, _ in LayerKinds.all do
            other = layer |> equals (other.Kind = layer.Kind))

    testNamed "counts its activations" layers (fun (layer, sizes) ->
        for isByRow in [ false; true ] do
            let count = layer.ActivationsPerRow isByRow sizes
            isTrue (Double.IsFinite count && count >= 0.0))

    let rowsOf (layer: Spec) (sizes: InputSizes) =
        let source =
            weightsOf (Key.ofSeed 3L) (built sizes layer)
            |> RowSource.ofTasks sizes.Tasks (inputOf sizes).Context

        Network.rows source "net" sizes.Features layer

    // The form for files is of the same width, or is refused in words.
    testNamed "has a form for files of its width, or a reason" layers (fun (layer, sizes) ->
        match rowsOf layer sizes with
        | Ok(_, width) -> width |> equals (built sizes layer).Width
        | Error reason -> reason |> isNotEmpty)

    testNamed "shares nothing where it is separated" layers (fun (layer, sizes) ->
        match Network.separate layer with
        // It must be shared.
        | None -> ()
        | Some separate ->
            let network, one = built sizes separate, built { sizes with Tasks = 1 } separate
            network.Parameters |> List.forall _.PerTask |> isTrue
            Network.count network |> equals (int64 sizes.Tasks * Network.count one)
            network.Width |> equals ((built sizes layer).Width))

    // The parameters that dense steps have, from the width of the input.
    let parametersOf (sizes: InputSizes) (steps: DenseStep list) =
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

    testNamed "has the parameters of its dense form" layers (fun (layer, sizes) ->
        match layer.Dense with
        // It has none.
        | None -> ()
        | Some steps ->
            Network.count (built sizes layer) |> equals (int64 (parametersOf sizes steps)))

    // A layer without a form passes the tests above.
    let kindsWithout (hasForm: Spec -> InputSizes -> bool) = [
        for kind, (layer, sizes) in layers do
            if not (hasForm layer sizes) then
                kind
    ]

    let tables = [ "TaskTable"; "PaddedTable"; "FixedTable" ]

    // A layer that lost a form would pass the tests above.
    testCase "has its forms" (fun () ->
        kindsWithout (fun layer sizes -> layer.ActivationsPerRow false sizes > 0.0)
        |> equals ("Identity" :: tables)

        kindsWithout (fun layer sizes -> Result.isOk (rowsOf layer sizes))
        |> equals [ "ModuleLayer"; yield! tables; "Deconvolutions" ]

        let ofTasks =
            Words.split
                "AppendContext WithTaskEncoder Film FeatureFilm Projected Composed Hypernetwork FromContext"

        let ofRows = Words.split "Mixture Orthogonal SoftModules"

        kindsWithout (fun layer _ -> (Network.separate layer).IsSome)
        |> equals [
            yield! tables
            yield! ofTasks
            "PerGroup"
            "TrialEncoder"
            "ReadTrial"
            yield! ofRows
        ]

        kindsWithout (fun layer _ -> layer.Dense.IsSome)
        |> equals [
            yield! Words.split "Identity Gru ModuleLayer ForEachTask"
            yield! tables
            yield! ofTasks
            yield! [ "TrialEncoder"; "ReadTrial" ]
            yield! ofRows
            yield! Words.split "Convolutions Deconvolutions TaskGate"
        ])

    let files = SourceNames.filesIn "Core/Networks"

    // The file that makes layers of a kind.
    let fileOf (kind: string) =
        files
        |> List.filter (fun path ->
            Regex.IsMatch(File.ReadAllText path, $"(Spec\\.Of\\(|table|around)\\s*\"{kind}\""))
        |> List.exactlyOne

    // Questions about networks, and their answers for any layer.
    let questions =
        files
        |> List.filter (fun path ->
            Regex.IsMatch(SourceNames.nameOf path, "Networks/(Specs|Export)/|Diagram.fs$"))

    let kinds = LayerKinds.all |> List.map (fun (layer, _) -> layer.Kind)

    // A layer costs its own file and a line of the list.
    testTheory "is named by no question about networks" kinds (fun kind ->
        let name = Path.GetFileNameWithoutExtension(fileOf kind)
        questions |> isNotEmpty

        for path in questions do
            SourceNames.codeOf path |> matchesNot $@"(?<![\w.]){name}\.")

    testCase "has a word that no other has" (fun () ->
        List.distinct kinds |> hasLength kinds.Length)
]
