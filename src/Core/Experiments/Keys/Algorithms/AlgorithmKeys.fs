namespace MtrlFunctional.Experiments

/// What an algorithm reads beside the keys of all agents.
[<RequireQualifiedAccess>]
type AlgorithmKeys =
    | Sac of SacKeys
    | Distral of DistralKeys
    | Ppo of PpoKeys
    | Trpo of TrpoKeys
    /// Of an algorithm that was added to the table: values by key.
    | Added of (string * Value) list

/// Keys of an experiment's algorithm.
module AlgorithmKeys =
    /// Of soft actor-critic and of algorithms built on it.
    /// Raises ArgumentException for another one.
    let internal sac keys =
        match keys with
        | AlgorithmKeys.Sac sac -> sac
        | AlgorithmKeys.Distral distral -> distral.Agents
        | AlgorithmKeys.Ppo _
        | AlgorithmKeys.Trpo _
        | AlgorithmKeys.Added _ -> invalidArg (nameof keys) "No keys of soft actor-critic."

    /// Of agents that learn from episodes of their newest policy.
    let internal tryOnPolicy keys =
        match keys with
        | AlgorithmKeys.Ppo ppo -> Some ppo.OnPolicy
        | AlgorithmKeys.Trpo trpo -> Some trpo.OnPolicy
        | AlgorithmKeys.Sac _
        | AlgorithmKeys.Distral _
        | AlgorithmKeys.Added _ -> None

    /// As `tryOnPolicy`. Raises ArgumentException for an off-policy algorithm.
    let internal onPolicy keys =
        match tryOnPolicy keys with
        | Some onPolicy -> onPolicy
        | None -> invalidArg (nameof keys) "No keys of an on-policy algorithm."
