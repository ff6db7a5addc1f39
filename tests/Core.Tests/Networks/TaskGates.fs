/// Task gates, a network from outside the core: each task multiplies the units of the hidden layers with gates
/// of its own.
///
/// Paper: Serrà et al. 2018, "Overcoming catastrophic forgetting with hard attention to the task",
/// arXiv:1801.01423, equations 1 and 2: h' = σ(s e_τ) ∘ h, with an embedding e_τ of each task. Where this
/// differs from the paper:
///   [1] the tasks are trained together, so the gates stay soft: s is constant, and no loss limits their sum;
///   [2] gates are 2σ(s e_τ) with e_τ = 0 at first: all gates begin at 1, and the network as a plain one.
module MtrlFunctional.Tests.Networks.TaskGates

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

let private embeddingAt path = Parameter.join path "embedding"

/// The gates of each task, [tasks; 1; features], the same for all rows of a task: 2 σ(z) = 1 + tanh(z / 2).
let private gatesOf steepness path (weights: Weights) =
    1.0 +. Tensor.tanh (0.5 * steepness *. weights[embeddingAt path])

let private build steepness path (sizes: InputSizes) : Module = {
    Parameters = [
        Zeros // [2]
        |> Parameter.perTask (embeddingAt path) sizes.Tasks [ 1L; int64 sizes.Features ]
    ]
    Fixed = []
    Width = sizes.Features
    Run = fun weights input -> gatesOf steepness path weights .* input.Rows
}

/// Gates of all features of the input. The steepness is s, above 0.
let rec gate (steepness: float) : Spec = {
    Spec.Of("TaskGate", [ steepness ], fun _ path sizes -> build steepness path sizes) with
        Describe = fun owners sizes -> $"gates of {sizes.Features} units for each {owners}"
        // Tasks share no gates.
        Separate = fun () -> Some(gate steepness)
        OnRow =
            fun source path row ->
                let gates = gatesOf steepness path source.Weights
                let zeros = RowDense.zeros row.Width
                Ok(Row.apply (RowLayer.ScaleTask(RowDense.contextNumbers gates, zeros)) row)
}

/// `count` hidden ReLU layers of `units` with gates, then a linear layer to `output`.
let network count units output : Spec =
    Chain.layer [
        for i in 0 .. count - 1 do
            $"{i}", Spec.mlp 0 0 units
            $"{i}/relu", Activate.layer Relu
            $"{i}/gate", gate 4.0
        $"{count}", Spec.mlp 0 0 output
    ]

/// Soft actor-critic of an experiment, with gates in actor and critics.
let private create (setting: AgentSetting) (e: Experiment) =
    let obs = EnvironmentSpec.observationSize setting.Environment
    let actions = setting.Environment.Action
    let actor, critic = e.Agent.Actor, e.Agent.Critic

    let config =
        SacSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e

    SacAlgorithm.create setting.Shards RowDraw.Balanced {
        config with
            Networks.Actor = network actor.NumLayers actor.HiddenDim (2 * ActionSpace.size actions)
            Networks.Critic = network critic.NumLayers critic.HiddenDim 1
    }

/// Its line in a catalogue: the word of `agent=`, and soft actor-critic's keys.
let entry =
    let family = {
        Family.ofReplay "gated_sac" "soft actor-critic with task gates" with
            HasTaskGradients = true
    }

    let schema =
        AlgorithmSchema.create [ AgentChoice.create "gated_sac" family ]
        |> AlgorithmSchema.withKeysOf (Catalogue.find "state_sac").Algorithm

    AlgorithmEntry.create schema create
