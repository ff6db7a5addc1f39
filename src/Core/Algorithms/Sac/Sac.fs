namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Tensors
open Mtrl.Algorithms.SacWork
open Mtrl.Algorithms.SacReconciling
open Mtrl.Algorithms.SacWeighing
open MtrlFunctional.Tensors

/// Soft actor-critic for many tasks: one update as a pipeline of pure stages.
///
/// Paper and formulas: `SacLosses`. The order of the stages, and that the actor already meets the
/// improved critics, are those of mtrl.
///
/// Shapes: observations [tasks; rows; obs], actions [tasks; rows; actions], others [tasks; rows].
module Sac =
    let private improveCritics: Stage =
        fun agent work ->
            let losses = SacForward.critic agent work

            let gradient, sums =
                Shards.run agent.Shards work.Batch (fun part ->
                    let loss = losses.Rows part |> Batch.mean part

                    let context = Option.toList losses.Context

                    let gradient, others =
                        Gradient.flat agent.CriticLayout losses.Leaves context loss

                    gradient, [| Ops.Detach loss; yield! others |])

            {
                work with
                    State.Critic =
                        Shards.step agent.Shards agent.Config.CriticAdam gradient work.State.Critic
                    ContextGradient = losses.Context |> Option.map (fun _ -> sums[1])
            }
            |> measure "critic_loss" (reported sums[0] work)

    let private improveActor: Stage =
        fun agent work ->
            let losses = SacForward.actor agent work

            let gradient, sums =
                Shards.run agent.Shards work.Batch (fun part ->
                    let rows = losses.Rows part
                    let loss = Batch.mean part rows.Loss
                    let gradient, _ = Gradient.flat agent.ActorLayout losses.Leaves [] loss

                    gradient,
                    [|
                        Ops.Detach loss
                        Ops.SumDim(part.Weight .* rows.Gap, 1L, false)
                        Batch.mean part rows.Entropy
                    |])

            {
                work with
                    State.Actor =
                        Shards.step agent.Shards agent.Config.ActorAdam gradient work.State.Actor
                    EntropyGap = sums[1]
            }
            |> measureActor agent (reported sums[0] work) (reported sums[2] work)

    let private tuneTemperature: Stage =
        fun agent work ->
            let leaf = Ops.Leaf work.State.LogAlpha.Values
            let loss = SacLosses.temperature agent.Config leaf work.EntropyGap
            stepTemperature (Ops.Grad(loss, [| leaf |])[0]) (Ops.Detach loss) agent work

    let private followCritics: Stage =
        fun agent work ->
            let state = work.State
            let target = SacAgent.follow agent state.Critic.Values state.Target
            { work with State.Target = target }

    let private stepTaskEncoder (agent: SacAgent) work gradient =
        let trained =
            Trained.step agent.Config.TaskEncoderAdam gradient work.State.TaskEncoder

        { work with State.TaskEncoder = trained }

    /// Carries the gradient of the critics' loss through the task encoder, where that is still to do.
    let private improveTaskEncoder: Stage =
        fun agent work ->
            work.TaskEncoderGradient
            |> Option.orElse (Option.bind (carry agent work) work.ContextGradient)
            |> Option.map (stepTaskEncoder agent work)
            |> Option.defaultValue work

    let private (>->) (first: Stage) (second: Stage) : Stage =
        fun agent work -> first agent work |> second agent

    /// Skips a stage in most updates.
    let private every count (stage: Stage) : Stage =
        fun agent work ->
            if work.Batch.Step % int64 count = 0L then
                stage agent work
            else
                work

    /// The second stage where the first has no answer.
    let private orElse (stage: Stage) first : Stage =
        fun agent work -> first agent work |> Option.defaultWith (fun () -> stage agent work)

    /// The whole update: the order of the stages is the algorithm. The state that comes in stays
    /// as it is and usable; what comes out shares with it what did not change. Actions cost what
    /// `price` says.
    let updateAt price (agent: SacAgent) (state: SacState) (batch: Batch) : SacState * Metrics =
        let owned (state, metrics) =
            Seq.append (SacState.owns state) (Metrics.owns metrics)

        let critics, actor, temperature =
            match agent.Config.Surgery with
            | None -> improveCritics, improveActor, tuneTemperature
            | Some surgery ->
                weighCritics surgery |> orElse (reconcileCritics surgery),
                weighActor surgery |> orElse (reconcileActor surgery),
                surgery.OfTemperature
                |> Option.map (reconcileTemperature surgery)
                |> Option.defaultValue tuneTemperature

        let stages =
            critics
            >-> every agent.Config.ActorEvery (actor >-> temperature)
            >-> every agent.Config.TargetEvery followCritics
            >-> improveTaskEncoder

        Tensors.scope owned (fun () ->
            let work = start price agent state batch |> stages agent
            work.State, List.rev work.Measured)

    /// The same where unlikely actions are worth their entropy.
    let update agent state batch =
        updateAt SacPrice.entropy agent state batch

    /// The policy at observations [tasks; rows; obs].
    let policy (agent: SacAgent) (state: SacState) obs : Gaussian =
        let read = Layout.views
        let critic = read agent.CriticLayout state.Critic.Values
        let actor = read agent.ActorLayout state.Actor.Values

        let fixedParts = read agent.FixedLayout state.Fixed
        let taskEncoder = read agent.TaskEncoderLayout state.TaskEncoder.Values
        let context = SacAgent.encodeTasks agent fixedParts taskEncoder
        let sight = SacAgent.sight agent critic fixedParts
        SacAgent.propose agent actor context (SacAgent.encode agent sight context obs)

    /// Actions to explore with, for given standard normal noise of their shape.
    let act agent state obs noise =
        Tensors.constant Seq.singleton (fun () ->
            (TanhGaussian.draw (policy agent state obs) noise).Action)

    /// The actions that the policy holds best.
    let actGreedily agent state obs =
        Tensors.constant Seq.singleton (fun () -> TanhGaussian.mode (policy agent state obs))
