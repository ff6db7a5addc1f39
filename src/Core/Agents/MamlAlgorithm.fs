/// MAML-TRPO as an agent. Its state is the state of an on-policy agent with one group of rows: the policy before
/// adaptation.
module MtrlFunctional.Agents.MamlAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

let private adapt agent states (sample: EpisodeSample) : AdaptedPolicy =
    let policies, state =
        Iteration.create sample.Key sample.Progress sample.Episodes
        |> Maml.adapt agent (List.exactlyOne states)

    {
        Owns = AdamState.owns state.Policy @ AdamState.owns state.Value
        Named = NamedTensors.ofVector "adapted/policy" policies.PolicyLayout state.Policy.Values
        Act = Some(OnPolicy.act policies state)
        ActGreedily = OnPolicy.actGreedily policies state
    }

let private update agent states (sample: EpisodeSample) =
    let next, metrics =
        Iteration.create sample.Key sample.Progress sample.Episodes
        |> Maml.update agent (List.exactlyOne states)

    [ next ], metrics

/// The functions of an agent, over a list of one state. A sample for adaptation has equally many rows of each task for
/// each inner step so far.
let algorithm (agent: MamlAgent) : Algorithm<OnPolicyState list, EpisodeSample> =
    let onPolicy =
        OnPolicyAlgorithm.algorithm { Agent = agent.Meta; Members = 1; Shards = agent.Meta.Shards }

    {
        onPolicy with
            Update = update agent
            Capabilities = {
                onPolicy.Capabilities with
                    UpdateWithConflicts = None
                    Adapt = Some(adapt agent)
                    UpdateWithin = None
                    FloorStd = None
            }
    }

/// The agent of valid settings.
let create shards (config: MamlConfig) : AnyAgent =
    MamlAgent.create shards config
    |> algorithm
    |> Algorithm.toAgent
    |> AnyAgent.OnPolicy
