namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// An encoder of the trial so far: a memory, and layers from its state to the context.
type internal TrialEncoder = {
    Memory: GruLayer
    Encoding: Layers
    /// Leading features of a row that are the present observation of the environment.
    Observed: int
}

/// The context of each row from its trial so far, for policies that know no task.
///
/// Sources: RL² (Duan et al. 2016, arXiv:1611.02779), whose recurrent units follow the rows of a trial; VariBAD
/// (Zintgraf et al. 2020, arXiv:1910.08348), which conditions a policy on an encoding of the trajectory so far, here
/// without a belief and without a decoder:
///   [1] z = e((1 − mark) h): before the first transition of a trial z is e(0), whatever is observed;
///   [2] for the networks that read the context each row is a task of its own, so that every layer that reads the
///       context of a task reads z.
module internal TrialContext =
    /// Features first … first + count − 1.
    let private part first count (x: Tensor) =
        Tensor.narrow 2 (int64 first) (int64 count) x

    /// Features of the output of the encoder.
    let width (encoder: TrialEncoder) =
        encoder.Memory.Units + encoder.Encoding.Output + encoder.Observed

    /// The encoder at `path`: the memory, and "encoding/…".
    let build precision path (sizes: InputSizes) (encoder: TrialEncoder) : Module =
        let units = encoder.Memory.Units
        let memory = Gru.build path sizes encoder.Memory

        let encoding =
            Mlp.build
                precision
                (Parameter.join path "encoding")
                { sizes with Features = units }
                encoder.Encoding

        let run weights (input: NetworkInput) =
            // Only the memory has a state; the rest of an output follows from it.
            let start (sequences: Sequences) = {
                sequences with
                    Start = sequences.Start |> Option.map (part 0 units)
            }

            let state =
                memory.Run weights { input with Sequences = Option.map start input.Sequences }

            let like x =
                Tensor.toType (Tensor.scalarType state) x

            let mark = like (part (sizes.Features - 1) 1 input.Rows)
            // [1]
            let known = (1.0 +. -1.0 *. mark) .* state
            let z = encoding.Run weights { input with Rows = known }
            Tensor.cat 2 [| state; z; like (part 0 encoder.Observed input.Rows) |]

        {
            Parameters = memory.Parameters @ encoding.Parameters
            Fixed = []
            Width = width encoder
            Run = run
        }

    /// Sizes of the input of a network that reads the context.
    let sizes (encoder: TrialEncoder) =
        InputSizes.byRow encoder.Observed encoder.Encoding.Output

    /// `body`, built for `sizes`, on the output of the encoder. It has no parameters of single tasks.
    let read (encoder: TrialEncoder) (body: Module) : Module =
        let run weights (input: NetworkInput) =
            let tasks, rows = Tensor.size 0 input.Rows, Tensor.size 1 input.Rows

            // [2]
            let byRow first count =
                Tensor.reshape [| tasks * rows; 1L; int64 count |] (part first count input.Rows)

            let units, context = encoder.Memory.Units, encoder.Encoding.Output

            let output =
                body.Run weights {
                    Rows = byRow (units + context) encoder.Observed
                    Context = Some(byRow units context)
                    // Numbers of single tasks, constant mixture weights, are equal for all tasks.
                    Task = Some 0
                    Sequences = None
                    IsByRow = true
                    IsConstant = false
                }

            Tensor.reshape [| tasks; rows; int64 body.Width |] output

        { body with Run = run }

    let private encoderRows (settings: TrialEncoder) source path (row: Row) =
        let state = Gru.onRow source path row

        let isKnown =
            RowDense.part (row.Width - 1) 1 row
            |> Row.apply (RowLayer.ScaleTask(single -1f, single 1f))

        let z =
            Row.applyAll RowLayer.Multiply [ state; isKnown ]
            |> denseStack source (Parameter.join path "encoding") settings.Encoding

        Ok(Row.applyAll RowLayer.Join [ state; z; RowDense.part 0 settings.Observed row ])

    let private readerRows (encoder: TrialEncoder) (body: Spec) (source: RowSource) path row =
        let units, context = encoder.Memory.Units, encoder.Encoding.Output

        // The body has no parameters of single tasks.
        body.OnRow
            { source with Tasks = 1; RowContext = Some(RowDense.part units context row) }
            path
            (RowDense.part (units + context) encoder.Observed row)

    /// Rows of a trial, as `Gru` reads them, to the state of the memory, the context computed from it and the observation, side
    /// by side. The context of a row with a mark is the context of the state zero.
    let encoder (settings: TrialEncoder) : Spec = {
        Spec.Of(
            "TrialEncoder",
            [ settings ],
            fun precision path sizes -> build precision path sizes settings
        ) with
            Errors =
                fun sizes ->
                    SpecError.unless (sizes.Features > 1) (SpecError.NoInputs sizes.Features)
            Describe =
                fun _ sizes ->
                    let units = settings.Memory.Units
                    $"{sizes.Features - 1} → {units} gated recurrent units, task encoding {Layers.describe units settings.Encoding}, beside the observation"
            ActivationsPerRow =
                fun _ _ ->
                    Gru.activationsPerRow settings.Memory
                    + Layers.units settings.Encoding
                    + float (width settings)
            OnRow = encoderRows settings
    }

    /// `body` on the observation, with the context of each row: its input is the output of the encoder.
    let rec reader (encoder: TrialEncoder) (body: Spec) : Spec = {
        Spec.Of(
            "ReadTrial",
            [ encoder; body ],
            fun precision path _ -> body.Build precision path (sizes encoder) |> read encoder
        ) with
            Errors = fun _ -> body.Errors(sizes encoder)
            Describe = fun _ _ -> ""
            Parts = Some(fun _ path _ -> Network.partsOf "step" path (sizes encoder) body)
            ActivationsPerRow = fun _ _ -> body.ActivationsPerRow true (sizes encoder)
            OnRow = readerRows encoder body
            MapInner = Some(fun change -> reader encoder (change body))
    }
