/// MAML-TRPO as an agent. Its state is the state of an on-policy agent with one group of rows: the policy before
/// adaptation.
module internal MtrlFunctional.Agents.MamlAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

let private iteration (sample: EpisodeSample) =
    Iteration.create sample.Key sample.Progress sample.Episodes

let private adapt agent state (sample: EpisodeSample) : AdaptedPolicy =
    let policies, state = Maml.adapt agent state (iteration sample)

    {
        Owns = AdamState.owns state.Policy @ AdamState.owns state.Value
        Named = StatePart.namedParameters "adapted/policy" policies.PolicyLayout state.Policy.Values
        Act = Some(OnPolicy.act policies state)
        ActGreedily = OnPolicy.actGreedily policies state
    }

/// The functions of an agent. A sample for adaptation has equally many rows of each task for each inner step so far.
let algorithm (agent: MamlAgent) : Algorithm<OnPolicyState, EpisodeSample> =
    let onPolicy = OnPolicyAlgorithm.algorithm agent.Meta

    {
        onPolicy with
            Update = fun state sample -> Maml.update agent state (iteration sample)
            Capabilities = {
                onPolicy.Capabilities with
                    UpdateWithConflicts = None
                    Adapt = Some(adapt agent)
                    UpdateWithin = None
            }
    }

/// The agent of valid settings.
let create shards (config: MamlConfig) : AnyAgent =
    MamlAgent.create shards config
    |> algorithm
    |> Algorithm.toAgent
    |> AnyAgent.OnPolicy
