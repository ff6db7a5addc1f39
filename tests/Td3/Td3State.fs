namespace MtrlFunctional.Td3

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.StatePart

/// The parameters of a TD3 agent. Defaults and symbols: Fujimoto et al. 2018, arXiv:1802.09477.
type Td3Config = {
    Tasks: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    ActionSize: int
    /// Observation to action before tanh.
    Actor: Spec
    /// Observation and action to one value; two are trained.
    Critic: Spec
    /// γ, per environment step.
    Discount: float
    /// τ of all target networks.
    Tau: float
    /// d: critic updates for each update of the actor and the targets.
    PolicyDelay: int
    /// Standard deviation of the noise of exploring actions.
    ExplorationStd: float
    /// σ̃: standard deviation of the noise of target actions.
    TargetStd: float
    /// c: bound of the noise of target actions.
    TargetClip: float
    ActorAdam: AdamRule
    CriticAdam: AdamRule
}

/// A configuration with its networks built. No tensors.
type Td3Agent = {
    Config: Td3Config
    Actor: Module
    /// Two of equal shape.
    Critics: Module list
    ActorLayout: Layout
    CriticLayout: Layout
    Shards: IShards
}

/// Everything that a TD3 agent has learned, as flat vectors.
type Td3State = {
    Actor: AdamState
    Critic: AdamState
    /// Layout of the actor.
    TargetActor: Tensor
    /// Layout of the critics.
    TargetCritic: Tensor
}

module Td3Agent =
    /// Builds the networks of a valid configuration.
    let create (shards: IShards) (config: Td3Config) : Td3Agent =
        let build path features =
            Network.build Precision.Full path {
                Tasks = config.Tasks
                Features = features
                Context = 0
            }

        let actor = config.Actor |> build "" config.ObsSize

        let critics = [
            for name in [ "q1"; "q2" ] ->
                config.Critic |> build name (config.ObsSize + config.ActionSize)
        ]

        {
            Config = config
            Actor = actor
            Critics = critics
            ActorLayout = Layout.create actor.Parameters
            CriticLayout = critics |> List.collect _.Parameters |> Layout.create
            Shards = shards
        }

    /// π(s): [tasks; rows; obs] to [tasks; rows; actions].
    let policy (agent: Td3Agent) (actor: Weights) obs =
        agent.Actor.Run actor (NetworkInput.ofRows obs) |> Tensor.tanh

    /// Q₁(s, a) and Q₂(s, a), [tasks; rows] each.
    let values (agent: Td3Agent) (critic: Weights) obs action =
        let input = NetworkInput.ofRows (Tensor.cat 2 [| obs; action |])
        agent.Critics |> List.map (fun q -> Tensor.squeeze 2 (q.Run critic input))

module Td3State =
    let owns (state: Td3State) : seq<Tensor> =
        Seq.concat [
            AdamState.owns state.Actor
            AdamState.owns state.Critic
            [ state.TargetActor; state.TargetCritic ]
        ]

    /// The parts of a state: what a checkpoint and the table of parameters have of it.
    let parts (agent: Td3Agent) : StatePart<Td3State> list =
        let actor, critic = agent.ActorLayout, agent.CriticLayout

        [
            trained "actor" actor _.Actor (fun x s -> { s with Actor = x })
            trained "critic" critic _.Critic (fun x s -> { s with Critic = x })
            target "actor_target" actor _.TargetActor (fun x s -> { s with TargetActor = x })
            target "critic_target" critic _.TargetCritic (fun x s -> { s with TargetCritic = x })
        ]

    /// A state before the first update, with the parameters that `vector` gives for a name and a layout. Targets equal
    /// the networks that they follow.
    let start (agent: Td3Agent) (vector: string -> Layout -> Tensor) : Td3State = {
        Actor = AdamState.start (vector "actor" agent.ActorLayout)
        Critic = AdamState.start (vector "critic" agent.CriticLayout)
        TargetActor = vector "actor" agent.ActorLayout
        TargetCritic = vector "critic" agent.CriticLayout
    }

    /// A state before the first update, made at `place`.
    let create (agent: Td3Agent) key place : Td3State =
        Tensors.scope owns (fun () ->
            start agent (fun name -> Layout.initialise place (Key.forPurpose name key)))
