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

/// Gates of all features of the input.
type TaskGate = {
    /// s, above 0.
    Steepness: float
} with

    interface ICustomLayer with
        member gate.Build(_, path, sizes) =
            let embedding =
                Zeros // [2]
                |> Parameter.perTask (Parameter.join path "embedding") sizes.Tasks [
                    1L
                    int64 sizes.Features
                ]

            {
                Parameters = [ embedding ]
                Fixed = []
                Width = sizes.Features
                Run =
                    fun weights input ->
                        // [tasks; 1; features], the same for all rows of a task; 2 σ(z) = 1 + tanh(z / 2).
                        let z = gate.Steepness *. weights[embedding.Path]
                        (1.0 +. Tensor.tanh (0.5 *. z)) .* input.Rows
            }

        member _.Describe sizes =
            $"gates of {sizes.Features} units for each of {sizes.Tasks} tasks"

        /// The gated features; the gates are computed once for each task.
        member _.ActivationsPerRow sizes = float sizes.Features

        /// Tasks share no gates.
        member gate.Separate = Some(Custom gate)

/// `count` hidden ReLU layers of `units` with gates, then a linear layer to `output`.
let network count units output : Spec =
    Chain [
        for i in 0 .. count - 1 do
            $"{i}", Spec.mlp 0 0 units
            $"{i}/relu", Activate Relu
            $"{i}/gate", Custom { Steepness = 4.0 }
        $"{count}", Spec.mlp 0 0 output
    ]

/// Soft actor-critic of an experiment, with gates in actor and critics.
let private create (setting: Catalogue.AgentSetting) (e: Experiment) =
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

/// Its line in a catalogue, in place of soft actor-critic's own.
let entry: Catalogue.Entry = { Algorithm = AlgorithmSchema.find Family.sac; Create = create }
