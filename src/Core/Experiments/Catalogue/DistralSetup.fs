/// The configuration of Distral from an experiment's keys.
module MtrlFunctional.Algorithms.DistralSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Spaces

let private config
    precision
    obsSize
    actionSize
    (keys: DistralKeys)
    (e: Experiment)
    : DistralConfig = {
    Agents = SacSetup.ofExperiment precision None obsSize (ActionSpace.Box actionSize) e
    Decoder = ModelSetup.decoder obsSize keys.Agents.Decoder
    EncoderAdam = AdamRules.ofOptimizer keys.Agents.Decoder.EncoderOptimizer
    Distilled = SacNetworks.distilled actionSize e
    DivergenceWeight = keys.Alpha
    PenalisesDivergence = e.Behaviour.DistralLogRatioInLosses
    CoversAgentModes = e.Behaviour.DistralForwardKl
    EvaluatesAgents = e.Behaviour.EvaluateDistralAgents
}

/// For observations of `obsSize` numbers and actions that are vectors. Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision obsSize actionSize (e: Experiment) : DistralConfig =
    match e.Agent.Algorithm with
    | AlgorithmKeys.Distral keys -> config precision obsSize actionSize keys e
    | _ -> invalidArg (nameof e) "Its algorithm is not Distral."
