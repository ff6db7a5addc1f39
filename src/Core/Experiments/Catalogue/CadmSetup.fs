/// From the keys of an experiment to the settings of context-aware dynamics models.
module MtrlFunctional.Algorithms.CadmSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Of the model of an agent that plans with it, or of one that observes its context; for environments whose observations have a
/// history (`History.spec`). Ends of episodes are predicted to plan only.
/// Raises ArgumentException for another agent.
[<CompiledName("OfExperiment")>]
let ofExperiment (environment: EnvironmentSpec) (e: Experiment) : CadmConfig =
    match AgentMemory.tryModel e.Agent with
    | Some keys -> {
        StateSize = EnvironmentSpec.frameSize environment - History.columns environment
        Actions = environment.Action
        Terminates = environment.Terminates && e.Agent.Algorithm.Plan.IsSome
        History = keys.History
        Future = keys.Future
        ContextSize = keys.Context
        Layers = keys.Layers
        Units = keys.Units
        BackwardWeight = keys.BackwardWeight
        Adam = AdamRule(keys.LearningRate, 0.9, 0.999, 1e-8, 0.0)
      }
    | None -> invalidArg (nameof e) "Its agent computes no context from a history."

/// How an agent plans. Raises ArgumentException for another algorithm.
[<CompiledName("PlanOfExperiment")>]
let planOfExperiment (e: Experiment) : PlanConfig =
    match e.Agent.Algorithm.Plan with
    | Some plan -> { Search = plan; Discount = e.Agent.Discount }
    | None -> invalidArg (nameof e) "Its algorithm is not CaDM."
