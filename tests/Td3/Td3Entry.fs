/// TD3 in the catalogue: its word, its keys, and the agent of an experiment.
module MtrlFunctional.Td3.Td3Entry

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces

/// It learns from replay, as soft actor-critic.
let family = Family.ofReplay "td3" "twin delayed deep deterministic policy gradient"

let private create (setting: AgentSetting) (e: Experiment) =
    let agent = e.Agent
    let keys = AlgorithmSchema.read Td3Keys.schema e.Choices agent.Algorithm
    let actions = EnvironmentSpec.actionSize setting.Environment

    Td3Algorithm.create setting.Shards {
        Tasks = e.Environment.NumEnvs
        ObsSize = EnvironmentSpec.observationSize setting.Environment + Observed.taskColumns e
        ActionSize = actions
        Actor =
            Chain.layer [ "trunk", Spec.mlp agent.Actor.NumLayers agent.Actor.HiddenDim actions ]
        Critic = Chain.layer [ "trunk", Spec.mlp agent.Critic.NumLayers agent.Critic.HiddenDim 1 ]
        Discount = agent.Discount
        Tau = keys.Tau
        PolicyDelay = keys.PolicyDelay
        ExplorationStd = keys.ExplorationStd
        TargetStd = keys.TargetStd
        TargetClip = keys.TargetClip
        ActorAdam = agent.Optimizers.Actor.Rule
        CriticAdam = agent.Optimizers.Critic.Rule
    }

/// Its line in a catalogue: the word of `agent=`, its keys, and its agents.
let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "td3" family ]
        |> AlgorithmSchema.withKeys Td3Keys.schema

    AlgorithmEntry.create schema create
