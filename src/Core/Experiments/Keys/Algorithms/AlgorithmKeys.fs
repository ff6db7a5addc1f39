namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms
open MtrlFunctional.Spaces

/// What an experiment keeps of the keys that its algorithm alone has.
type OwnKeys = {
    /// Values by key.
    Values: (string * Value) list
    /// The steps before an observation that its agents observe, too; none: they observe the environment as it is.
    History: History option
}

/// Keys of an experiment's algorithm, besides the keys of all agents: groups that algorithms share, and its own. A group that
/// the algorithm does not read is none.
type AlgorithmKeys = {
    Sac: SacKeys option
    Decoder: DecoderKeys option
    Transition: TransitionKeys option
    OnPolicy: OnPolicyKeys option
    Ppo: PpoKeys option
    Trpo: TrustRegion option
    /// A memory over trials.
    Memory: MemoryKeys option
    /// Steps on episodes of a task before the policy acts there.
    Adaptation: AdaptationKeys option
    Own: OwnKeys
}

/// Keys of an experiment's algorithm.
module AlgorithmKeys =
    let private group name keys =
        match keys with
        | Some keys -> keys
        | None -> invalidArg "keys" $"The algorithm has no keys of {name}."

    /// Of soft actor-critic and of algorithms built on it. Raises ArgumentException for another one.
    let internal sac keys = group "soft actor-critic" keys.Sac

    /// Of agents that learn from episodes of their newest policy. Raises ArgumentException for an off-policy algorithm.
    [<CompiledName("OnPolicy")>]
    let onPolicy keys =
        group "an on-policy algorithm" keys.OnPolicy
