namespace MtrlFunctional.Experiments

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Inputs of an agent's constructor besides its experiment.
type AgentSetting = {
    /// Sizes of observations and actions.
    Environment: EnvironmentSpec
    /// Of the products between hidden layers.
    Precision: Precision
    /// Computes the parts of a batch.
    Shards: IShards
    /// Fixed task embeddings, where the experiment uses some.
    TaskEmbeddings: FixedTaskRows option
}

/// An algorithm: all that is needed to choose it by words.
[<NoEquality; NoComparison>]
type AlgorithmEntry = {
    /// Its words and keys.
    Algorithm: AlgorithmSchema
    /// The agent of an available experiment (`Available.missing` is empty). No tensors are made.
    Create: AgentSetting -> Experiment -> AnyAgent
    /// All that is wrong between the values of an experiment, beside what is wrong for every algorithm.
    Conflicts: Experiment -> Conflict list
    /// What is valid, and probably not what was meant.
    Warnings: Experiment -> Warning list
}

/// Making entries of a catalogue.
module AlgorithmEntry =
    /// The entry of an algorithm that only general checks concern.
    let create algorithm agent = {
        Algorithm = algorithm
        Create = agent
        Conflicts = fun _ -> []
        Warnings = fun _ -> []
    }

    /// Which rows of replay an update draws, by the keys.
    let rows (e: Experiment) =
        if e.Behaviour.BalancedBatches then
            RowDraw.Balanced
        else
            RowDraw.Uniform

    /// An agent of our own, which no fidelity to an original program is defined for.
    let corrected (e: Experiment) =
        e.Choices.Fidelity = Fidelity.Corrected
        |> orElse "fidelity" $"corrected with agent={e.Choices.Agent.Name}"
        |> because "No original program of this agent is reproduced."

    /// Numbers of an observation, and actions.
    let internal spaces setting =
        EnvironmentSpec.observationSize setting.Environment, setting.Environment.Action

    /// An agent of soft actor-critic with models of observations or dynamics, as `configOf` changes its configuration.
    let internal withModels configOf setting (e: Experiment) =
        let obs, actions = spaces setting

        ModelSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
        |> configOf e
        |> ModelAlgorithm.create setting.Shards (rows e)

    /// An agent that learns from the episodes of its newest policy.
    let internal onPolicy setting (e: Experiment) =
        let obs, actions = spaces setting

        OnPolicySetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
        |> OnPolicyAlgorithm.create setting.Shards (OnPolicySetup.members e)
