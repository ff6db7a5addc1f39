namespace MtrlFunctional.Experiments

/// Keys of an algorithm, besides those of all agents.
[<RequireQualifiedAccess>]
type AlgorithmKeys =
    | Sac of SacKeys
    | SacAe of AutoencoderKeys
    | DeepMdp of DeepMdpKeys
    | HipBmdp of HipBmdpKeys
    | Distral of DistralKeys
    | Ppo of MtPpoKeys
    | Trpo of TrpoKeys
    | Impala of OnPolicyKeys
    | Rl2 of Rl2Keys
    | Maml of MamlKeys
    | Cadm of CadmKeys
    /// Of an algorithm that was added to the table: values by key.
    | Added of (string * Value) list

/// Keys of an experiment's algorithm.
module AlgorithmKeys =
    /// Of soft actor-critic and of algorithms built on it.
    /// Raises ArgumentException for another one.
    let internal sac keys =
        match keys with
        | AlgorithmKeys.Sac sac -> sac
        | AlgorithmKeys.SacAe keys -> keys.Agent
        | AlgorithmKeys.DeepMdp keys -> keys.Autoencoder.Agent
        | AlgorithmKeys.HipBmdp keys -> keys.DeepMdp.Autoencoder.Agent
        | AlgorithmKeys.Distral keys -> keys.Agents.Agent
        | AlgorithmKeys.Ppo _
        | AlgorithmKeys.Trpo _
        | AlgorithmKeys.Impala _
        | AlgorithmKeys.Rl2 _
        | AlgorithmKeys.Maml _
        | AlgorithmKeys.Cadm _
        | AlgorithmKeys.Added _ -> invalidArg (nameof keys) "No keys of soft actor-critic."

    /// Of agents with a decoder; none for others.
    let internal tryAutoencoder keys =
        match keys with
        | AlgorithmKeys.SacAe keys -> Some keys
        | AlgorithmKeys.DeepMdp keys -> Some keys.Autoencoder
        | AlgorithmKeys.HipBmdp keys -> Some keys.DeepMdp.Autoencoder
        | AlgorithmKeys.Distral keys -> Some keys.Agents
        | AlgorithmKeys.Sac _
        | AlgorithmKeys.Ppo _
        | AlgorithmKeys.Trpo _
        | AlgorithmKeys.Impala _
        | AlgorithmKeys.Rl2 _
        | AlgorithmKeys.Maml _
        | AlgorithmKeys.Cadm _
        | AlgorithmKeys.Added _ -> None

    /// Of agents with a transition model; none for others.
    let internal tryDeepMdp keys =
        match keys with
        | AlgorithmKeys.DeepMdp keys -> Some keys
        | AlgorithmKeys.HipBmdp keys -> Some keys.DeepMdp
        | AlgorithmKeys.Sac _
        | AlgorithmKeys.SacAe _
        | AlgorithmKeys.Distral _
        | AlgorithmKeys.Ppo _
        | AlgorithmKeys.Trpo _
        | AlgorithmKeys.Impala _
        | AlgorithmKeys.Rl2 _
        | AlgorithmKeys.Maml _
        | AlgorithmKeys.Cadm _
        | AlgorithmKeys.Added _ -> None

    /// Of agents that learn from episodes of their newest policy.
    let internal tryOnPolicy keys =
        match keys with
        | AlgorithmKeys.Ppo keys -> Some keys.Ppo.OnPolicy
        | AlgorithmKeys.Trpo trpo -> Some trpo.OnPolicy
        | AlgorithmKeys.Impala keys -> Some keys
        | AlgorithmKeys.Rl2 keys -> Some keys.Ppo.OnPolicy
        | AlgorithmKeys.Maml keys -> Some keys.Trpo.OnPolicy
        | AlgorithmKeys.Sac _
        | AlgorithmKeys.SacAe _
        | AlgorithmKeys.DeepMdp _
        | AlgorithmKeys.HipBmdp _
        | AlgorithmKeys.Distral _
        | AlgorithmKeys.Cadm _
        | AlgorithmKeys.Added _ -> None

    /// The same keys with changed ones of `tryOnPolicy`; those of other agents stay.
    let internal mapOnPolicy change keys =
        match keys with
        | AlgorithmKeys.Ppo keys ->
            AlgorithmKeys.Ppo { keys with Ppo.OnPolicy = change keys.Ppo.OnPolicy }
        | AlgorithmKeys.Trpo trpo ->
            AlgorithmKeys.Trpo { trpo with OnPolicy = change trpo.OnPolicy }
        | AlgorithmKeys.Impala keys -> AlgorithmKeys.Impala(change keys)
        | AlgorithmKeys.Rl2 keys ->
            AlgorithmKeys.Rl2 { keys with Ppo.OnPolicy = change keys.Ppo.OnPolicy }
        | AlgorithmKeys.Maml keys ->
            AlgorithmKeys.Maml { keys with Trpo.OnPolicy = change keys.Trpo.OnPolicy }
        | AlgorithmKeys.Sac _
        | AlgorithmKeys.SacAe _
        | AlgorithmKeys.DeepMdp _
        | AlgorithmKeys.HipBmdp _
        | AlgorithmKeys.Distral _
        | AlgorithmKeys.Cadm _
        | AlgorithmKeys.Added _ -> keys

    /// As `tryOnPolicy`. Raises ArgumentException for an off-policy algorithm.
    [<CompiledName("OnPolicy")>]
    let internal onPolicy keys =
        match tryOnPolicy keys with
        | Some onPolicy -> onPolicy
        | None -> invalidArg (nameof keys) "No keys of an on-policy algorithm."
