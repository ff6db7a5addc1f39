/// TD3 in the catalogue: its word, its keys, and the agent of an experiment.
module MtrlFunctional.Td3.Td3Entry

open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces

/// As soft actor-critic it learns from replay; the keys below `agent.td3` serve it alone.
let family: Family = {
    Family.sac with
        Name = "td3"
        Title = "twin delayed deep deterministic policy gradient"
        OwnKeys = [ "agent.td3" ]
        HasTaskGradients = false
}

/// The word and the keys that it adds to the table.
let keys =
    AlgorithmKeys.create
        [
            { Name = "td3"; Family = family; Surgery = SurgeryMethod.None; State = true }
        ]
        Td3Keys.schema

let private create (setting: Catalogue.AgentSetting) (e: Experiment) =
    let own, agent = AlgorithmKeys.read Td3Keys.schema e, e.Agent
    let actions = EnvironmentSpec.actionSize setting.Environment

    Td3Algorithm.create setting.Shards {
        Tasks = e.Environment.NumEnvs
        ObsSize = EnvironmentSpec.observationSize setting.Environment + Observed.taskColumns e
        ActionSize = actions
        Actor = Chain [ "trunk", Spec.mlp agent.Actor.NumLayers agent.Actor.HiddenDim actions ]
        Critic = Chain [ "trunk", Spec.mlp agent.Critic.NumLayers agent.Critic.HiddenDim 1 ]
        Discount = agent.Scalars.Discount
        Tau = agent.Scalars.CriticTau
        PolicyDelay = own.PolicyDelay
        ExplorationStd = own.ExplorationStd
        TargetStd = own.TargetStd
        TargetClip = own.TargetClip
        ActorAdam = AdamRules.ofOptimizer agent.Optimizers.Actor
        CriticAdam = AdamRules.ofOptimizer agent.Optimizers.Critic
    }

/// Its line in a catalogue.
let entry: Catalogue.Entry = { Family = family; Create = create }
