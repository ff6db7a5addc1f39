/// CaDM as an extension: its words, keys and presets, and the agents of an experiment.
///
/// Reading order: families → planner, policy → extensions.
module MtrlFunctional.Cadm.CadmExtension

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Training

let private planning = {
    Family.ofReplay "cadm" "CaDM, planning with a model of the present task" with
        HasDiscreteActions = true
        FindsTask = true
}

let private acting = {
    Family.ofEpisodes "cadm_mtppo" "MT-PPO that observes the context of CaDM's model" with
        HasTaskGradients = true
        HasDiscreteActions = true
        FindsTask = true
}

/// The algorithm of a word, with a history in its observations.
let private algorithm (family: Family) keys modelOf =
    AlgorithmSchema.create [ AgentChoice.create family.Name family ]
    |> AlgorithmSchema.withHistory keys (modelOf >> CadmConfig.history)

/// Of environments whose observations have a history.
let private model settings terminates (environment: EnvironmentSpec) : CadmConfig = {
    Settings = settings
    StateSize = EnvironmentSpec.frameSize environment - History.columns environment
    Actions = environment.Action
    Terminates = terminates
}

/// CaDM: `agent=cadm`.
let planner: AlgorithmEntry =
    let keysOf (e: Experiment) =
        AlgorithmSchema.read CadmKeys.planner e.Choices e.Agent.Algorithm

    let schema =
        algorithm planning CadmKeys.planner _.Model
        // It has no policy.
        |> AlgorithmSchema.withoutUse [
            "agent.actor"
            "agent.critic"
            "agent.optimizers.actor"
            "agent.optimizers.critic"
            "agent.optimizers.alpha"
            "agent.start"
        ]

    let create (setting: AgentSetting) e =
        let keys, spec = keysOf e, setting.Environment
        let plan = { keys.Plan with Discount = e.Agent.Discount }

        model keys.Model spec.Terminates spec
        |> CadmAlgorithm.create setting.Shards (AlgorithmEntry.rows e) plan

    {
        AlgorithmEntry.create schema create with
            Conflicts = fun e -> CadmCheck.ofPlanner (keysOf e) e
    }

/// MT-PPO that observes contexts: `agent=cadm_mtppo`. It does not plan, so that ends of episodes are not predicted.
let policy: AlgorithmEntry =
    let keysOf (e: Experiment) =
        AlgorithmSchema.read CadmKeys.policy e.Choices e.Agent.Algorithm

    let schema =
        algorithm acting CadmKeys.policy _.Model
        |> AlgorithmSchema.withKeysOf (Catalogue.find "mtppo").Algorithm

    let create (setting: AgentSetting) e =
        let keys = keysOf e
        let model = model keys.Model false setting.Environment

        let policy =
            OnPolicySetup.ofExperiment
                setting.Precision
                setting.TaskEmbeddings
                (CadmPolicy.inputSize model)
                model.Actions
                e

        // Contexts are not scaled: statistics over a run would be of encoders that no longer exist.
        policy
        |> OnPolicySetup.withoutScaling model.Settings.Context
        |> CadmPolicy.create setting.Shards model keys.Passes
        |> CadmPolicy.algorithm
        |> Algorithm.toAgent
        |> AnyAgent.OnPolicy

    {
        AlgorithmEntry.create schema create with
            Conflicts = fun e -> CadmCheck.ofPolicy (keysOf e) e
    }

/// What `--with` gives to a command, and a program to its runs.
let extensions =
    Extensions(Algorithms = [ planner; policy ], Presets = CadmPresets.all)
