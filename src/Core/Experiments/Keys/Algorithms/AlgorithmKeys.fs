namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms
open MtrlFunctional.Spaces

/// What an algorithm that was added to the table keeps of its own keys.
type AddedKeys = {
    /// Values by key.
    Values: (string * Value) list
    /// The steps before an observation that its agents observe, too; none: they observe the environment as it is.
    History: History option
}

/// Keys of an experiment's algorithm, besides those of all agents, in groups that algorithms share. A group that the algorithm
/// does not read is none.
type AlgorithmKeys = {
    Sac: SacKeys option
    Decoder: DecoderKeys option
    Transition: TransitionKeys option
    Contrastive: ContrastiveKeys option
    Distral: DistralKeys option
    OnPolicy: OnPolicyKeys option
    Ppo: PpoKeys option
    Trpo: TrustRegion option
    /// Of RL².
    Memory: MemoryKeys option
    Maml: MamlKeys option
    /// Of an algorithm that was added to the table.
    Added: AddedKeys
}

/// Keys of an experiment's algorithm.
module AlgorithmKeys =
    let private group name keys =
        match keys with
        | Some keys -> keys
        | None -> invalidArg "keys" $"The algorithm has no keys of {name}."

    /// Of soft actor-critic and of algorithms built on it. Raises ArgumentException for another one.
    let sac keys = group "soft actor-critic" keys.Sac

    /// Of agents that learn from episodes of their newest policy. Raises ArgumentException for an off-policy algorithm.
    [<CompiledName("OnPolicy")>]
    let onPolicy keys =
        group "an on-policy algorithm" keys.OnPolicy
