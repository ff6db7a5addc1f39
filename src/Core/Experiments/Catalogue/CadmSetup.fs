/// From the keys of an experiment to the settings of context-aware dynamics models.
module MtrlFunctional.Algorithms.CadmSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// For environments whose observations have a history (`History.spec`).
/// Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment (environment: EnvironmentSpec) (e: Experiment) : CadmConfig =
    match e.Agent.Algorithm with
    | AlgorithmKeys.Cadm keys -> {
        StateSize = EnvironmentSpec.frameSize environment - History.columns environment
        Actions = environment.Action
        Terminates = environment.Terminates
        History = keys.History
        Future = keys.Future
        ContextSize = keys.Context
        Layers = keys.Layers
        Units = keys.Units
        BackwardWeight = keys.BackwardWeight
        Discount = e.Agent.Discount
        Adam = AdamRule(keys.LearningRate, 0.9, 0.999, 1e-8, 0.0)
        Plan = keys.Plan
      }
    | _ -> invalidArg (nameof e) "Its algorithm is not CaDM."
