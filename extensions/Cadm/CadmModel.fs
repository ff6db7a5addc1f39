/// Context and predictions of a context-aware dynamics model.
///
/// Source: Lee et al. 2020, arXiv:2005.06800, section 4. There the encoder reads all K steps as one vector; here it
/// reads each step by itself, and a second network the mean, so that a context is defined for any number of steps.
module MtrlFunctional.Cadm.CadmModel

open MtrlFunctional.Algorithms
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
let private first (count: int) (running: Running) =
    let part = Tensor.narrow 0 0L (int64 count)
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

/// The context of each observation, [tasks; rows; obs] to [tasks · rows; context]; none without a context.
let contextOf (agent: CadmAgent) (state: CadmState) (obs: Tensor) =
    Steps.ofObservations agent.Config obs
    |> Steps.part 0 agent.Config.Settings.History
    |> context agent (view agent state)

/// The term of a context [rows; context] in the first hidden layer, [rows; units].
let private shift (model: Dynamics) (view: ModelView) context =
    match context, model.Context with
    | Some context, Some parameter -> Some(Tensor.matMul context view.Weights[parameter.Path])
    | _ -> None

/// Outputs [rows; steps; outputs] for inputs [rows; steps; inputs] and the context of each row.
let private run (model: Dynamics) (view: ModelView) context (inputs: Tensor) =
    let hidden =
        scale view.Inputs inputs |> NetworkInput.ofRows |> model.Input.Run view.Weights

    let hidden =
        match shift model view context with
        | Some shift -> hidden .+ Tensor.unsqueeze 1 shift
        | None -> hidden

    model.Rest.Run view.Weights (NetworkInput.ofRows hidden)

/// Scaled changes and rewards, and the logits of ends, [rows; steps; outputs].
let forward (agent: CadmAgent) view context (steps: Steps) =
    run agent.Forward view context (Steps.inputs steps)

/// Scaled changes backward, s − s', from s' and a: [rows; steps; states].
let backward (agent: CadmAgent) view context (steps: Steps) =
    run agent.Backward view context (Tensor.cat 2 [| steps.Next; steps.Action |])

/// Scaled changes and rewards of steps, [rows; steps; states + 1].
let targets (view: ModelView) steps =
    scale view.Targets (Steps.targets steps)

/// The dense layers of a network: weight [inputs; units] and bias [units] of each.
let private dense (view: ModelView) (network: Module) =
    network.Parameters
    |> List.map (fun parameter -> view.Weights[parameter.Path])
    |> List.chunkBySize 2
    |> List.map (fun layer -> layer[0], layer[1])

/// The forward model of one context, [1; context], as dense layers with ReLU between them and without scales, for
/// planning: from state and action to the change of the state, the reward and, where episodes end, the logit of the end.
let layers (agent: CadmAgent) (view: ModelView) context : (Tensor * Tensor) list =
    let inputs, targets =
        RunningMoments.deviation view.Inputs, RunningMoments.deviation view.Targets

    // With the context in the first bias; ((x − μ) / σ) W + b = x (W / σ) + (b − (μ / σ) W).
    let ofInputs (weight: Tensor, bias: Tensor) =
        let bias =
            match shift agent.Forward view context with
            | Some shift -> bias .+ Tensor.squeeze 0 shift
            | None -> bias

        let weight = weight ./ Tensor.unsqueeze 1 inputs
        let mean = Tensor.matMul (Tensor.unsqueeze 0 view.Inputs.Mean) weight
        weight, bias .- Tensor.squeeze 0 mean

    // σ (h W + b) + μ; the logit is not scaled.
    let ofTargets (weight: Tensor, bias: Tensor) =
        let ofLogit value x =
            if agent.Config.Terminates then
                let options = TensorOptions.ofTensor targets
                Tensor.cat 0 [| x; TensorOptions.fromDoubles options [| value |] [| 1L |] |]
            else
                x

        let factors = ofLogit 1.0 targets
        weight .* factors, bias .* factors .+ ofLogit 0.0 view.Targets.Mean

    let rest = dense view agent.Forward.Rest
    let hidden, last = List.splitAt (rest.Length - 1) rest

    List.map ofInputs (dense view agent.Forward.Input)
    @ hidden
    @ List.map ofTargets last
