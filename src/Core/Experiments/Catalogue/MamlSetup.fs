/// From the keys of an experiment to the settings of MAML-TRPO.
module MtrlFunctional.Algorithms.MamlSetup

open MtrlFunctional.Experiments

/// For observations of `obsSize` numbers; `embeddings` are not used, since no task is known.
/// Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (e: Experiment) : MamlConfig =
    match e.Agent.Algorithm.Maml, e.Agent.Algorithm.Trpo with
    | Some keys, Some trpo ->
        let policy = OnPolicySetup.ofExperiment precision embeddings obsSize actions e

        {
            Policy = {
                policy with
                    Tasks = 1
                    // The value function is fitted to these returns: none goes on behind its episode.
                    Target = DiscountedReturns
                    BootstrapTimeLimits = false
                    PaddingInAdvantages = false
                    Advantage = {
                        policy.Advantage with
                            NormalisedOver =
                                if (AlgorithmKeys.onPolicy e.Agent.Algorithm).CenterAdvantages then
                                    Some EachTask
                                else
                                    None
                    }
            }
            TrustRegion = OnPolicySetup.trustRegion trpo e
            InnerRate = keys.InnerRate
            InnerSteps = keys.InnerSteps
            Rows = keys.Episodes
        }
    | _ -> invalidArg (nameof e) "Its algorithm is not MAML-TRPO."
