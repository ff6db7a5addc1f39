/// The configuration of Distral from an experiment's keys.
module MtrlFunctional.Algorithms.DistralSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Spaces

let private config
    precision
    obsSize
    actionSize
    (distral: DistralKeys)
    (decoder: DecoderKeys)
    (e: Experiment)
    : DistralConfig = {
    Agents = SacSetup.ofExperiment precision None obsSize (ActionSpace.Box actionSize) e
    Decoder = ModelSetup.decoder obsSize decoder
    EncoderAdam = AdamRules.ofOptimizer decoder.EncoderOptimizer
    Distilled = SacNetworks.distilled actionSize e
    DivergenceWeight = distral.Alpha
    PenalisesDivergence = e.Behaviour.DistralLogRatioInLosses
    CoversAgentModes = e.Behaviour.DistralForwardKl
    EvaluatesAgents = e.Behaviour.EvaluateDistralAgents
}

/// For observations of `obsSize` numbers and actions that are vectors. Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision obsSize actionSize (e: Experiment) : DistralConfig =
    match e.Agent.Algorithm.Distral, e.Agent.Algorithm.Decoder with
    | Some distral, Some decoder -> config precision obsSize actionSize distral decoder e
    | _ -> invalidArg (nameof e) "Its algorithm is not Distral."
