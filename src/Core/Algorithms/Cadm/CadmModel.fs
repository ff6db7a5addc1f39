/// Context and predictions of a context-aware dynamics model.
///
/// Source: Lee et al. 2020, arXiv:2005.06800, section 4. There the encoder reads all K steps as one vector; here it
/// reads each step by itself, and a second network the mean, so that a context is defined for any number of steps.
module internal MtrlFunctional.Algorithms.CadmModel

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Parameters and statistics that predictions read.
type ModelView = { Weights: Weights; Inputs: Running; Targets: Running }

/// The view of a state; its parameters are constants for gradients.
let view (agent: CadmAgent) (state: CadmState) : ModelView = {
    Weights = Layout.views agent.Layout state.Model.Values
    Inputs = state.Inputs
    Targets = state.Targets
}

let private scale (running: Running) (x: Tensor) =
    (x .- running.Mean) ./ RunningMoments.deviation running

/// The first `count` numbers of statistics.
let private first count (running: Running) =
    let part x =
        Tensor.narrow 0 0L (int64 (count: int)) x

    { running with Mean = part running.Mean; Variance = part running.Variance }

/// The context of each row, [rows; context], zero where it has no step; none without a context.
let context (agent: CadmAgent) (view: ModelView) (steps: Steps) : Tensor option =
    let run (part: Module) (x: Tensor) =
        part.Run view.Weights (NetworkInput.ofRows x)

    /// `Where`, not a product with 0, which would keep a number that is not finite.
    let where (present: Tensor) (x: Tensor) =
        Tensor.where (Tensor.isPositive present) x (Tensor.zerosLike x)

    agent.Encoder
    |> Option.map (fun encoder ->
        let change = Steps.change steps |> scale (first agent.Config.StateSize view.Targets)

        let each =
            Tensor.cat 2 [| scale view.Inputs (Steps.inputs steps); change |]
            |> run encoder.Step

        let count = Tensor.sumDimKept 1 steps.Present
        let sum = Tensor.sumDimKept 1 (where steps.Present each)

        let mean = sum ./ Tensor.clampMin 1.0 count
        Tensor.squeeze 1 (run encoder.Mean mean |> where count))

/// Scaled changes and rewards, and the logits of ends, [rows; steps; outputs].
let forward (agent: CadmAgent) (view: ModelView) context (steps: Steps) =
    scale view.Inputs (Steps.inputs steps)
    |> Dynamics.run agent.Forward view.Weights context

/// Scaled changes backward, s − s', from s' and a: [rows; steps; states].
let backward (agent: CadmAgent) (view: ModelView) context (steps: Steps) =
    scale view.Inputs (Tensor.cat 2 [| steps.Next; steps.Action |])
    |> Dynamics.run agent.Backward view.Weights context

/// Scaled changes and rewards of steps, [rows; steps; states + 1].
let targets (view: ModelView) steps =
    scale view.Targets (Steps.targets steps)

/// The forward model of one context, [1; context], as dense layers without scales, for planning.
let planned (plan: PlanConfig) (agent: CadmAgent) (view: ModelView) context : PlanModel =
    let inputs, targets =
        RunningMoments.deviation view.Inputs, RunningMoments.deviation view.Targets

    // In the first layer ((x − μ) / σ) W + b = x (W / σ) + (b − (μ / σ) W).
    let ofInputs (weight: Tensor, bias: Tensor) =
        let weight = weight ./ Tensor.unsqueeze 1 inputs
        let shift = Tensor.matMul (Tensor.unsqueeze 0 view.Inputs.Mean) weight
        weight, bias .- Tensor.squeeze 0 shift

    // In the last one σ (h W + b) + μ; the logit is not scaled.
    let ofTargets (weight: Tensor, bias: Tensor) =
        let factors, shifts =
            if agent.Config.Terminates then
                let number = TensorOptions.fromDoubles (TensorOptions.ofTensor targets)

                Tensor.cat 0 [| targets; number [| 1.0 |] [| 1L |] |],
                Tensor.cat 0 [| view.Targets.Mean; number [| 0.0 |] [| 1L |] |]
            else
                targets, view.Targets.Mean

        weight .* factors, bias .* factors .+ shifts

    let layers = Dynamics.layers agent.Forward view.Weights context
    let last = layers.Length - 1

    let layers =
        layers
        |> List.mapi (fun i layer ->
            if i = 0 then ofInputs layer
            elif i = last then ofTargets layer
            else layer)

    {
        Weights = layers |> List.map fst |> List.toArray
        Biases = layers |> List.map snd |> List.toArray
        Discount = plan.Discount
        Terminates = agent.Config.Terminates
    }
