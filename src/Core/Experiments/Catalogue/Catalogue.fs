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
}

let private spaces setting =
    EnvironmentSpec.observationSize setting.Environment, setting.Environment.Action

let private rows (e: Experiment) =
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

    let policy obs =
        OnPolicySetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e

    match e.Agent.Algorithm.ModelContext, e.Agent.Context.Method with
    | Some keys, ContextMethod.Cadm ->
        let model = CadmSetup.ofExperiment setting.Environment e

        CadmPolicyAlgorithm.create setting.Shards {
            Model = model
            Policy = policy (CadmPolicy.inputSize model)
            Epochs = keys.Epochs
            Minibatch = keys.Minibatch
        }
    | _ -> policy obs |> OnPolicyAlgorithm.create setting.Shards (OnPolicySetup.members e)

let private maml setting (e: Experiment) =
    let obs, actions = spaces setting

    MamlSetup.ofExperiment setting.Precision setting.TaskEmbeddings obs actions e
    |> MamlAlgorithm.create setting.Shards

let private cadm setting (e: Experiment) =
    CadmSetup.ofExperiment setting.Environment e
    |> CadmAlgorithm.create setting.Shards (rows e) (CadmSetup.planOfExperiment e)

let private entry family create = { Algorithm = AlgorithmSchema.find family; Create = create }

/// The algorithms of the program.
[<CompiledName("Standard")>]
let standard: Entry list = [
    entry Family.sac sac
    entry Family.sacAe models
    entry Family.deepMdp models
    entry Family.hipBmdp models
    entry Family.distral distral
    entry Family.ppo onPolicy
    entry Family.trpo onPolicy
    entry Family.impala onPolicy
    entry Family.rl2 onPolicy
    entry Family.maml maml
    entry Family.cadm cadm
]

/// The agent of an experiment, by the entry of its algorithm.
/// Raises ArgumentException where no entry has it.
[<CompiledName("CreateFrom")>]
let createFrom (entries: Entry list) setting (e: Experiment) : AnyAgent =
    let family = e.Choices.Agent.Family

    match
        entries
        |> List.tryFind (fun entry -> AlgorithmSchema.serves family entry.Algorithm)
    with
    | Some entry -> entry.Create setting e
    | None -> invalidArg (nameof e) $"The catalogue has no algorithm {family.Name}."

/// The agent of an experiment, by the catalogue of the program.
[<CompiledName("Create")>]
let create setting e = createFrom standard setting e
