/// The configuration of Distral from an experiment's keys.
module MtrlFunctional.Algorithms.DistralSetup

open MtrlFunctional.Experiments

/// For observations of `obsSize` numbers. It must be available (`Available.missing` is empty).
[<CompiledName("OfExperiment")>]
let ofExperiment precision obsSize actionSize (e: Experiment) : DistralConfig = {
    Agents = SacSetup.ofExperiment precision None obsSize actionSize e
    Distilled = SacNetworks.distilled actionSize e
    DivergenceWeight = e.Agent.DistralAlpha
    PenalisesDivergence = e.Behaviour.PaysDivergence
    CoversAgentModes = e.Behaviour.CoversAgents
    EvaluatesAgents = e.Behaviour.ShowsAgents
}
