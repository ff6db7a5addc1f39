namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Gated recurrent units (Cho et al. 2014, arXiv:1406.1078).
type internal GruLayer = {
    /// Units: the state and the output.
    Units: int
    /// Longest time constant of a unit before training, in steps, at least 2.
    TimeConstant: float
}

/// Gated recurrent units.
///
/// Paper: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder–Decoder for Statistical Machine
/// Translation", arXiv:1406.1078, eq. 5–8. Where this differs from the paper:
///   [1] z is the share of the candidate, as in Chung et al. 2014 (arXiv:1412.3555), eq. 7: h' = h + z (n − h), so that
///       z = 0 copies the state;
///   [2] the reset gate acts on the product with the state, as in cuDNN: n = tanh(x W + b + r (h U + c)), so that a
///       step has one product;
///   [3] biases of z begin such that 1/z, the time constants of the units, are spread evenly in their logarithm from 2
///       to `TimeConstant` (chrono initialisation, Tallec and Ollivier 2018, arXiv:1804.11188); 2: all biases 0;
///   [4] the last feature of a row is no input: where it is 1 a new sequence begins, from the state zero.
module internal Gru =
    /// Initial biases of r, z and n: z = 1/T is the bias −log(T − 1) [3].
    let private biases (layer: GruLayer) =
        let ratio = layer.TimeConstant / 2.0

        let timeConstant i =
            2.0 * ratio ** (float i / float (max 1 (layer.Units - 1)))

        Array.concat [
            Array.zeroCreate layer.Units
            Array.init layer.Units (fun i -> -log(timeConstant i - 1.0))
            Array.zeroCreate layer.Units
        ]

    /// The state after each step, [steps; rows; units]. `gates`, [steps; rows; 3 units]: the terms of r, z and n that
    /// follow from the inputs. `keep`, [steps; rows]: where it is 0 the state before the step is zero. `start`, [rows;
    /// units]: the states before the first step.
    let private sequence
        (weight: Tensor)
        (bias: Tensor)
        (gates: Tensor)
        (keep: Tensor)
        (start: Tensor)
        =
        let units = Tensor.size 0 weight
        let part i (x: Tensor) = Tensor.narrow 1 (i * units) units x

        let step (before: Tensor) (input: Tensor, keep: Tensor) =
            let before = before .* Tensor.unsqueeze 1 keep
            let state = Tensor.matMul before weight
            let r = (part 0L input .+ part 0L state).sigmoid()
            let z = (part 1L input .+ part 1L state).sigmoid()
            let n = Tensor.tanh (part 2L input .+ r .* (part 2L state .+ bias))
            before .+ z .* (n .- before)

        let states =
            Array.zip (Tensor.unbind 0 gates) (Tensor.unbind 0 keep)
            |> Array.scan step start

        Tensor.stack 0 (Array.tail states)

    /// The layer at `path`: "input/…" for r, z and n side by side, "state/…" likewise, with a bias of n only.
    let build path (sizes: InputSizes) (layer: GruLayer) : Module =
        let input, state = Parameter.join path "input", Parameter.join path "state"
        let features, units = int64 sizes.Features - 1L, int64 layer.Units
        let start = Uniform(1.0 / sqrt (float layer.Units))
        let weight, bias = Parameter.join state "weight", Parameter.join state "bias"

        /// [sequences · steps; …] to [steps; sequences; …].
        let stepMajor steps (x: Tensor) =
            Tensor.contiguous (
                Tensor.transpose 0 1 (Tensor.reshape [| -1L; steps; Tensor.size -1 x |] x)
            )

        let run (weights: Weights) (given: NetworkInput) =
            let tasks, rows = Tensor.size 0 given.Rows, Tensor.size 1 given.Rows

            let steps =
                given.Sequences |> Option.map (fun s -> int64 s.Steps) |> Option.defaultValue 1L

            let sequences = tasks * rows / steps

            let x =
                Tensor.reshape [| tasks * rows; features + 1L |] given.Rows |> stepMajor steps

            let mark = Tensor.select 2 features x

            let before =
                match given.Sequences with
                | Some { Start = Some before } -> Tensor.reshape [| sequences; units |] before
                | _ -> Draw.constant (TensorOptions.ofTensor given.Rows) 0.0 [| sequences; units |]

            let gates =
                Tensor.reshape
                    [| steps; sequences; 3L * units |]
                    (Dense.run
                        input
                        Dense.plain
                        weights
                        (Tensor.reshape
                            [| steps * sequences; features |]
                            (Tensor.narrow 2 0L features x)))

            let states =
                sequence weights[weight] weights[bias] gates (1.0 +. -1.0 *. mark) before

            Tensor.reshape [| tasks; rows; units |] (Tensor.transpose 0 1 states)

        {
            Parameters = [
                Parameter.shared (Parameter.join input "weight") [ features; 3L * units ] start
                Parameter.shared (Parameter.join input "bias") [ 3L * units ] (Given(biases layer))
                Parameter.shared weight [ units; 3L * units ] start
                Parameter.shared bias [ units ] Zeros
            ]
            Fixed = []
            Width = layer.Units
            Run = run
        }

    /// Outputs of the parts of a step for a row: inputs of the gates, their gradient and the products' gradient; then gates and
    /// states.
    let activationsPerRow (settings: GruLayer) = 15.0 * float settings.Units

    /// The units at a path as a step on rows.
    let onRow source path (row: Row) =
        let input, state = Parameter.join path "input", Parameter.join path "state"

        row
        |> Row.apply (
            RowLayer.Remember {
                Input = {
                    Weight = numbers 2 (weight source input "weight")
                    Bias = numbers 1 (weight source input "bias")
                }
                State = numbers 2 (weight source state "weight")
                Bias = numbers 1 (weight source state "bias")
            }
        )

    /// A state that follows the rows of a sequence (`NetworkInput.Sequences`); the output is the state after each row. The last
    /// feature of a row is a mark: where it is 1 the state before the row is zero.
    let rec layer (settings: GruLayer) : Spec = {
        Spec.Of("Gru", [ settings ], fun _ path sizes -> build path sizes settings) with
            Errors =
                fun sizes ->
                    SpecError.unless (sizes.Features > 1) (SpecError.NoInputs sizes.Features)
            Describe =
                fun _ sizes -> $"{sizes.Features - 1} → {settings.Units} gated recurrent units"
            ActivationsPerRow = fun _ _ -> activationsPerRow settings
            OnRow = fun source path row -> Ok(onRow source path row)
            Separate = fun () -> Some(ForEachTask.layer (layer settings))
    }
