/// Twin delayed deep deterministic policy gradient: one update as a pipeline of pure stages.
///
/// Paper: Fujimoto, van Hoof and Meger 2018, "Addressing Function Approximation Error in
/// Actor-Critic Methods", arXiv:1802.09477, algorithm 1.
///
/// Shapes: observations [tasks; rows; obs], actions [tasks; rows; actions], others [tasks; rows].
module MtrlFunctional.Td3.Td3

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// Improves one part of the state; its metrics stand before those measured earlier.
type private Stage = Td3Agent -> Batch -> Td3State * Metrics -> Td3State * Metrics

/// y = r + γ (1 − d) min Q'(s', π'(s') + clip(σ̃ ε, −c, c)).
let private target (agent: Td3Agent) (state: Td3State) (batch: Batch) =
    let config = agent.Config
    let actor = Layout.views agent.ActorLayout state.TargetActor
    let critic = Layout.views agent.CriticLayout state.TargetCritic

    let noise =
        Tensor.clamp (-config.TargetClip) config.TargetClip (config.TargetStd *. batch.NextNoise)

    let action =
        Tensor.clamp -1.0 1.0 (Td3Agent.policy agent actor batch.NextObs .+ noise)

    let least =
        Td3Agent.values agent critic batch.NextObs action |> List.reduce Tensor.minimum

    batch.Reward .+ config.Discount *. (1.0 +. -1.0 *. batch.Terminal) .* least

/// Minimises Σ (Q − y)² of both critics.
let private updateCritics: Stage =
    fun agent batch (state, metrics) ->
        let leaves = Layout.views agent.CriticLayout state.Critic.Values |> Gradient.leaves

        let gradient, sums =
            Shards.run agent.Shards batch (fun part ->
                let y = Tensors.constant Seq.singleton (fun () -> target agent state part)

                let loss =
                    Td3Agent.values agent leaves part.Obs part.Action
                    |> List.map (fun q -> Tensor.square (q .- y))
                    |> List.reduce (.+)
                    |> Batch.mean part

                let gradient, _ = Gradient.flat agent.CriticLayout leaves [] loss
                gradient, [| Tensor.detach loss |])

        let critic = Shards.step agent.Shards agent.Config.CriticAdam gradient state.Critic
        { state with Critic = critic }, { Name = "critic_loss"; Value = sums[0] } :: metrics

/// Maximises Q₁(s, π(s)).
let private updateActor: Stage =
    fun agent batch (state, metrics) ->
        let leaves = Layout.views agent.ActorLayout state.Actor.Values |> Gradient.leaves
        let critic = Layout.views agent.CriticLayout state.Critic.Values

        let gradient, sums =
            Shards.run agent.Shards batch (fun part ->
                let value =
                    Td3Agent.policy agent leaves part.Obs
                    |> Td3Agent.values agent critic part.Obs
                    |> List.head

                let loss = Batch.mean part (-1.0 *. value)
                let gradient, _ = Gradient.flat agent.ActorLayout leaves [] loss
                gradient, [| Tensor.detach loss |])

        let actor = Shards.step agent.Shards agent.Config.ActorAdam gradient state.Actor
        { state with Actor = actor }, { Name = "actor_loss"; Value = sums[0] } :: metrics

/// Polyak averages: θ' ← τ θ + (1 − τ) θ'.
let private moveTargets: Stage =
    fun agent _ (state, metrics) ->
        let tau = agent.Config.Tau

        {
            state with
                TargetActor = PolyakWork.Average(state.TargetActor, state.Actor.Values, tau)
                TargetCritic = PolyakWork.Average(state.TargetCritic, state.Critic.Values, tau)
        },
        metrics

/// Runs a stage in every d-th update.
let private delayed (stage: Stage) : Stage =
    fun agent batch before ->
        if batch.Step % int64 agent.Config.PolicyDelay = 0L then
            stage agent batch before
        else
            before

/// The whole update. The state that comes in stays as it is and usable; what comes out shares with it
/// what did not change.
let update (agent: Td3Agent) (state: Td3State) (batch: Batch) : Td3State * Metrics =
    let owned (state, metrics) =
        Seq.append (Td3State.owns state) (Metrics.owns metrics)

    Tensors.scope owned (fun () ->
        let batch = Batch.normalise batch

        (state, [])
        |> updateCritics agent batch
        |> delayed updateActor agent batch
        |> delayed moveTargets agent batch)

/// π(s) + σ ε, in [−1, 1], for given standard normal ε.
let act (agent: Td3Agent) (state: Td3State) obs noise =
    Tensors.constant Seq.singleton (fun () ->
        let actor = Layout.views agent.ActorLayout state.Actor.Values

        Tensor.clamp
            -1.0
            1.0
            (Td3Agent.policy agent actor obs .+ agent.Config.ExplorationStd *. noise))

/// π(s).
let actGreedily (agent: Td3Agent) (state: Td3State) obs =
    Tensors.constant Seq.singleton (fun () ->
        Td3Agent.policy agent (Layout.views agent.ActorLayout state.Actor.Values) obs)
