/// The catalogue of algorithms: from an experiment to its agent.
///
/// Reading order: Entry → standard → create.
module MtrlFunctional.Experiments.Catalogue

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
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

/// An algorithm of the catalogue.
[<NoEquality; NoComparison>]
type Entry = {
    /// Its words and keys.
    Algorithm: AlgorithmSchema
    /// The agent of an available experiment (`Available.missing` is empty). No tensors are made.
    Create: AgentSetting -> Experiment -> AnyAgent
    /// All that is wrong between the values of an experiment, beside what is wrong for every algorithm.
    Conflicts: Experiment -> ConfigError list
}

let private spaces setting =
    EnvironmentSpec.observationSize setting.Environment, setting.Environment.Action

/// Which rows of replay an update draws, by the keys.
let rows (e: Experiment) =
    if e.Behaviour.BalancedBatches then
        RowDraw.Balanced
    else
        RowDraw.Uniform

let private sac setting (e: Experiment) =
    let obs, actions = spaces setting

    SacSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> SacAlgorithm.create setting.Shards (rows e)

let private models setting (e: Experiment) =
    let obs, actions = spaces setting

    ModelSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> ModelAlgorithm.create setting.Shards (rows e)

let private distral setting (e: Experiment) =
    let obs, actions = spaces setting

    let rows =
        if e.Behaviour.DistralRowsPerTask then
            RowDraw.Balanced
        else
            RowDraw.UniformForEach e.Environment.NumEnvs

    DistralSetup.ofExperiment setting.Precision obs (ActionSpace.size actions) e
    |> DistralAlgorithm.create setting.Shards rows

let private onPolicy setting (e: Experiment) =
    let obs, actions = spaces setting

    OnPolicySetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> OnPolicyAlgorithm.create setting.Shards (OnPolicySetup.members e)

let private maml setting (e: Experiment) =
    let obs, actions = spaces setting

    MamlSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> MamlAlgorithm.create setting.Shards

/// The entry of an algorithm that only general checks concern.
[<CompiledName("Entry")>]
let entry algorithm create = { Algorithm = algorithm; Create = create; Conflicts = fun _ -> [] }

let private ofFamily family = entry (AlgorithmSchema.find family)

/// The algorithms of the program.
[<CompiledName("Standard")>]
let standard: Entry list = [
    ofFamily Family.sac sac
    ofFamily Family.sacAe models
    ofFamily Family.deepMdp models
    ofFamily Family.hipBmdp models
    ofFamily Family.distral distral
    ofFamily Family.ppo onPolicy
    ofFamily Family.trpo onPolicy
    ofFamily Family.impala onPolicy
    ofFamily Family.rl2 onPolicy
    ofFamily Family.maml maml
]

let private entryOf entries (e: Experiment) =
    entries
    |> List.tryFind (fun entry -> AlgorithmSchema.serves e.Choices.Agent.Family entry.Algorithm)

/// What the algorithm of an experiment finds wrong in it.
let internal conflicts entries e =
    match entryOf entries e with
    | Some entry -> entry.Conflicts e
    | None -> []

/// The agent of an experiment, by the entry of its algorithm.
/// Raises ArgumentException where no entry has it.
[<CompiledName("CreateFrom")>]
let createFrom (entries: Entry list) setting (e: Experiment) : AnyAgent =
    match entryOf entries e with
    | Some entry -> entry.Create setting e
    | None -> invalidArg (nameof e) $"The catalogue has no algorithm {e.Choices.Agent.Family.Name}."

/// The agent of an experiment, by the catalogue of the program.
[<CompiledName("Create")>]
let create setting e = createFrom standard setting e
