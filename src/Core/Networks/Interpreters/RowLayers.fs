/// From specs with their weights to steps on rows: the layers of an exported policy.
///
/// Values that depend on the task alone are computed once and become numbers of each task: the output of a task
/// encoder, mixture weights, parameters that are composed or computed by a hypernetwork, low-rank branches without
/// residuals.
module MtrlFunctional.Networks.RowLayers

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// As `Film`.
let private film source path layers context =
    let entry k =
        Tensor.reshape [| -1L |] (Tensor.narrow 2 (int64 k) 1L context) |> numbers 0

    let modulate i =
        Row.apply (RowLayer.ScaleTask(entry (2 * i), entry (2 * i + 1)))

    stackThen modulate layers (fun i -> dense source (Parameter.join path (string i)))

/// As `FeatureFilm`.
let private featureFilm source path layers context =
    let layer i x =
        let path = Parameter.join path (string i)
        let scale, shift = FeatureFilm.modulation path source.Weights context

        dense source path x
        |> Row.apply (RowLayer.ScaleTask(contextNumbers scale, contextNumbers shift))

    stack layers layer

/// As `Projected`. Branches that no other layer reads are folded into their layer.
let private projected source path (spec: ProjectedLayers) x =
    let sizes = { Tasks = source.Tasks; Features = x.Width; Context = 0 }
    let parts = Projected.parts path sizes spec source.Weights
    let last = parts.Length - 1

    let step (x, before) (i, layer: Projected.LayerParts) =
        let y, traces =
            if spec.Residual = NoResidual then
                let weight, bias = Projected.folded layer
                affine weight (numbers 1 bias) x, None
            else
                let w, b = layer.Task

                RowContext.branched
                    source
                    path
                    spec.Residual
                    (affine w (numbers 1 b))
                    layer
                    x
                    before

        (if i < last then activate spec.Shared.Activation y else y), traces

    List.indexed parts |> List.fold step (x, None) |> fst

/// As `Convolutions`.
let private convolutions source path (layers: ConvolutionLayers) x =
    let sides = PixelLayers.Frame :: PixelLayers.sides layers.Layers

    let convolve x i =
        let at = weight source (Parameter.join path (string i))

        x
        |> Row.apply (
            RowLayer.Convolve {
                Side = sides[i]
                Stride = if i = 0 then 2 else 1
                Divisor = if i = 0 then float32 Convolutions.White else 1f
                Weight = numbers 4 (at "weight")
                Bias = numbers 1 (at "bias")
            }
        )

    List.fold convolve x [ 0 .. layers.Layers - 1 ]

let private contextOf source reader =
    match source.Context with
    | Some context -> context
    | None -> invalidArg (nameof source) $"{reader} reads a context, and there is none."

/// As `TrialContext.build`.
let private trialEncoder source path (encoder: TrialEncoder) (x: Row) =
    let state = gru source path x

    let isKnown =
        part (x.Width - 1) 1 x |> Row.apply (RowLayer.ScaleTask(single -1f, single 1f))

    let z =
        Row.applyAll RowLayer.Multiply [ state; isKnown ]
        |> denseStack source (Parameter.join path "encoding") encoder.Encoding

    Row.applyAll RowLayer.Join [ state; z; part 0 encoder.Observed x ]

let rec private follow
    (source: RowSource)
    (z: Row option)
    path
    spec
    (x: Row)
    : Result<Row, string> =
    match z |> Option.bind (fun z -> RowContext.tryRead source path spec z x) with
    | Some read -> read
    | None -> followLayer source z path spec x

and private followLayer source z path spec x =
    match spec with
    | Identity -> Ok x
    | Activate activation -> Ok(activate activation x)
    | Normalise ->
        let at name = numbers 1 (weight source path name)
        Ok(Row.apply (RowLayer.Normalise(at "gain", at "shift")) x)
    | Mlp layers -> Ok(denseStack source path layers x)
    // A layer for each task has the parameters of a shared one, [tasks; …].
    | PerTask layers -> Ok(denseStack source path layers x)
    | UniformStart body
    | HeStart(_, body) -> follow source z path body x
    | ForEachTask body -> followEach source path body x
    | Convolutions layers -> Ok(convolutions source path layers x)
    | Film layers -> Ok(film source path layers (contextOf source "FiLM") x)
    | FeatureFilm layers -> Ok(featureFilm source path layers (contextOf source "FiLM") x)
    | AppendContext ->
        match source.Context with
        | None -> Ok x
        | Some context -> Ok(Row.apply (RowLayer.AppendTask(contextNumbers context)) x)
    | WithTaskEncoder(taskEncoder, body) ->
        let sizes = TaskEncoding.sizes source.Tasks

        let encoder =
            Network.build Precision.Full (Parameter.join path "task_encoder") sizes taskEncoder

        let context = TaskEncoding.run encoder source.Tasks None source.Weights
        follow { source with Context = Some context } z path body x
    | Chain parts ->
        let extend row (name, part) =
            row |> Result.bind (follow source z (Parameter.join path name) part)

        List.fold extend (Ok x) parts
    | Mixture { Selection = OneToOne; Expert = layers } ->
        Ok(denseStack source (Parameter.join path "expert") layers x)
    | Mixture { Selection = Scored { TopK = Some _ } } ->
        Error "the best experts of each observation"
    | Mixture({ Selection = Scored gate } as weighed) ->
        Ok(RowExperts.scored source path weighed gate x)
    | Mixture weighed -> Ok(RowExperts.mixture source path weighed x)
    | SoftModules soft ->
        let context = contextOf source "A soft module"

        let read (x: Row) =
            Row.apply (RowLayer.ScaleTask(contextNumbers context, zeros x.Width)) x

        Ok(RowExperts.softModules source path soft read x)
    | Projected layers -> Ok(projected source path layers x)
    | Composed composed -> Ok(mapStack composed.Each (Composed.layer path source.Weights) x)
    | Orthogonal layers -> Ok(RowExperts.orthogonal source path layers x)
    | Hypernetwork hyper ->
        contextOf source "A hypernetwork"
        |> Hypernetwork.layer path hyper source.Weights
        |> fun map -> Ok(mapStack hyper.Target map x)
    | FromContext body ->
        let context =
            contextOf source "A network whose task parameters follow from the context"

        let sizes = {
            Tasks = source.Tasks
            Features = x.Width
            Context = int (Tensor.size 2 context)
        }

        let network = Network.build Precision.Full path sizes body
        let source = { source with Weights = FromContext.weights network context source.Weights }
        follow source z path body x
    | PerGroup(groups, body) ->
        let sizes = { Tasks = source.Tasks; Features = x.Width; Context = 0 }
        let network = Network.build Precision.Full path sizes body

        follow
            { source with Weights = PerGroup.weights network groups source.Weights }
            z
            path
            body
            x
    | TaskTable _
    | PaddedTable _
    | FixedTable _ -> Error "task embeddings in the place of features"
    | Gru _ -> Ok(gru source path x)
    | TrialEncoder encoder -> Ok(trialEncoder source path encoder x)
    | ReadTrial(encoder, body) ->
        let units, context = encoder.Memory.Units, encoder.Encoding.Output
        let z, observed = part units context x, part (units + context) encoder.Observed x
        // The body has no parameters of single tasks.
        follow { source with Tasks = 1 } (Some z) path body observed
    | Deconvolutions _ -> Error "a decoder of images"
    | Custom _ -> Error "a layer from outside the library"

/// The network of each task, as the numbers of one.
and private followEach source path body x =
    let one =
        Network.build Precision.Full path { Tasks = 1; Features = x.Width; Context = 0 } body

    let ofTask (task, weights) =
        let own = {
            source with
                Tasks = 1
                Weights = weights
                Context = source.Context |> Option.map (fun z -> Tensor.narrow 0 (int64 task) 1L z)
        }

        let input = Row.input x.Width
        follow own None path body input |> Result.map (Row.steps input)

    ForEachTask.weightsOfTasks one source.Weights source.Tasks
    |> Array.indexed
    |> Array.map ofTask
    |> Array.toList
    |> RowSteps.ofEachTask
    |> Result.map (fun steps -> Row.follow steps x)

/// The steps of a network at `path` for rows of `features` numbers, and the features of the output; or the first part
/// that cannot be expressed, in words. Raises ArgumentException for a part that reads a context if there is none.
let ofSpec (source: RowSource) path features spec : Result<RowStep list * int, string> =
    let input = Row.input features

    follow source None path spec input
    |> Result.map (fun output -> Row.steps input output, output.Width)
