/// Whether processes share the updates of an experiment: each trains, and computes a share of every gradient.
module internal MtrlFunctional.Experiments.UpdateShares

open System
open MtrlFunctional.Algorithms
open MtrlFunctional.Algorithms.SmallNetwork
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Whether gradients of minibatches are recorded. All epochs of a policy of dense layers are one call, which takes less time than
/// sums between processes.
let private isRecorded (e: Experiment) =
    match Observed.environment e with
    | Some environment when not e.Agent.Multitask.UseTaskEncoder ->
        let config =
            OnPolicySetup.ofExperiment
                Precision.Full
                None
                (EnvironmentSpec.observationSize environment)
                environment.Action
                e

        match OnPolicyConfig.policy config with
        | Small _ -> false
        | _ -> true
    | _ -> true

/// Of an off-policy agent always. Of an on-policy agent where minibatches are cut into as many parts (`setup.parts`), none of
/// whose gradients belongs to a task alone; else rank 0 updates alone.
[<CompiledName("AreShared")>]
let areShared processes (e: Experiment) : bool =
    not (Choices.isOnPolicy e.Choices)
    || (let keys = AlgorithmKeys.onPolicy e.Agent.Algorithm

        Int32.IsPow2 processes
        && processes <= e.Setup.Parts
        && keys.Lag = 0
        && SamplingPlan.rounds e = 1
        && OnPolicySetup.members e = 1
        && e.Choices.Agent.Surgery = SurgeryWord.None
        && e.Agent.Surgery.Method = SurgeryWord.None
        && isRecorded e)
