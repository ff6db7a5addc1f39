namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Random
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// Soft actor-critic for many tasks: one update as a pipeline of pure stages.
///
/// Paper and formulas: `SacLosses`. The order of the stages, and that the actor already meets the
/// improved critics, are those of mtrl.
///
/// Shapes: observations [tasks; rows; obs], actions [tasks; rows; actions], others [tasks; rows].
module Sac =
    /// What the stages of one update hand on.
    type private Work = {
        State: SacState
        /// Weights add up to 1: over the batch, or over each task where nothing is shared.
        Batch: Batch
        /// What a sum of losses is divided by for the log: the tasks that are there, where nothing
        /// is shared.
        Sharers: Tensor option
        Price: SacPrice
        /// What the task encoder said as this update began, [tasks; 1; features]; a constant.
        Context: Tensor option
        /// What is never trained.
        Fixed: Weights
        /// The gradient of the critics' loss with respect to it.
        ContextGradient: Tensor option
        /// For each task, the weighted sum of −log π − target entropy, [tasks].
        EntropyGap: Tensor
        /// The same by the tasks' shares of the batch, which is what is reported.
        MeasuredGap: Tensor
        Measured: Metrics
    }

    /// Improves one part of the state, and notes what it measured.
    type private Stage = SacAgent -> Work -> Work

    let private measure name value work =
        let metric = { Name = name; Value = value }
        { work with Measured = metric :: work.Measured }

    /// The mean over the tasks of what was summed over them, if nothing is shared; else as it is.
    let private reported (sum: Tensor) work =
        match work.Sharers with
        | Some count -> sum ./ count
        | None -> sum

    let private start price (agent: SacAgent) state batch =
        let batch, sharers =
            if agent.Config.Separate then
                let batch, count = Batch.normaliseTasks batch
                batch, Some count
            else
                Batch.normalise batch, None

        let encoder = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values
        let fixedParts = Layout.views agent.FixedLayout state.Fixed

        let work = {
            State = state
            Batch = batch
            Sharers = sharers
            Price = price
            Context = SacAgent.encodeTasks agent fixedParts encoder
            Fixed = fixedParts
            ContextGradient = None
            EntropyGap = batch.Weight
            MeasuredGap = batch.Weight
            Measured = []
        }

        work |> measure "batch_reward" (reported (Batch.mean batch batch.Reward) work)

    let private improveCritics: Stage =
        fun agent work ->
            let { State = state; Context = known } = work
            let read = Layout.views
            let actor = read agent.ActorLayout state.Actor.Values
            let critic = read agent.CriticLayout state.Critic.Values
            let target = read agent.CriticLayout state.Target
            let alpha = SacLosses.alpha agent.Config state.LogAlpha.Values
            let sight = SacAgent.sight agent critic work.Fixed
            let leaves = Gradient.leaves critic
            let context = Option.map Ops.Leaf known

            let gradient, sums =
                Shards.run agent.Shards work.Batch (fun part ->
                    let soft =
                        Tensors.constant Seq.singleton (fun () ->
                            let price = work.Price.Ahead alpha part
                            SacLosses.target agent price actor sight target known part)

                    let loss = SacLosses.critic agent leaves context soft part |> Batch.mean part

                    let gradient, others =
                        Gradient.flat agent.CriticLayout leaves (Option.toList context) loss

                    gradient, [| Ops.Detach loss; yield! others |])

            {
                work with
                    State.Critic =
                        Shards.step agent.Shards agent.Config.CriticAdam gradient state.Critic
                    ContextGradient = context |> Option.map (fun _ -> sums[1])
            }
            |> measure "critic_loss" (reported sums[0] work)

    let private improveActor: Stage =
        fun agent work ->
            let { State = state; Context = context } = work
            let critic = Layout.views agent.CriticLayout state.Critic.Values
            let actor = Layout.views agent.ActorLayout state.Actor.Values
            let alpha = SacLosses.alpha agent.Config state.LogAlpha.Values
            let sight = SacAgent.sight agent critic work.Fixed
            let leaves = Gradient.leaves actor

            let gradient, sums =
                Shards.run agent.Shards work.Batch (fun part ->
                    let features, seen = SacAgent.encodeBoth agent critic sight context part.Obs
                    let policy = SacAgent.propose agent leaves context seen
                    let draw = TanhGaussian.draw policy part.Noise

                    let price = work.Price.Here alpha part

                    let loss =
                        SacLosses.actor agent price critic context features draw |> Batch.mean part

                    let gradient, _ = Gradient.flat agent.ActorLayout leaves [] loss
                    let gap = SacLosses.entropyGap agent.Config (Ops.Detach draw.LogProb)
                    let entropy = TanhGaussian.entropy policy |> Batch.mean part

                    gradient,
                    [|
                        Ops.Detach loss
                        Ops.SumDim(part.Weight .* gap, 1L, false)
                        Ops.Detach entropy
                    |])

            {
                work with
                    State.Actor =
                        Shards.step agent.Shards agent.Config.ActorAdam gradient state.Actor
                    EntropyGap = sums[1]
                    MeasuredGap = sums[1]
            }
            |> measure "actor_loss" (reported sums[0] work)
            |> measure "actor_entropy" (reported sums[2] work)
            |> measure
                "actor_target_entropy"
                (Draw.constant (Place.ofTensor sums[0]) (SacLosses.targetEntropy agent.Config) [||])

    /// The sum over the tasks that are there of a number each, times the task's share of the batch.
    let private overTasks (batch: Batch) (numbers: Tensor) =
        let share = Ops.SumDim(batch.Weight, 1L, false)
        let none = Ops.ZerosLike share
        Ops.Where(Ops.Greater(share, none), share .* numbers, none)

    /// [tasks] numbers as a tensor like those of the batch.
    let private asTensor (batch: Batch) (numbers: float[]) =
        Place.fromDoubles (Place.ofTensor batch.Weight) numbers [| int64 numbers.Length |]

    /// As `improveCritics`, by the gradient that surgery makes of those of the tasks.
    let private reconcileCritics (surgery: SacSurgery) : Stage =
        fun agent work ->
            let state = work.State
            let rows = SacTaskGradients.critic agent state work.Batch
            let key = surgery.Key |> Key.forPurpose "critic" |> Key.at work.Batch.Step
            let combined = Surgery.combine surgery.OfCritic rows key state.CriticSurgery
            let rule = agent.Config.CriticAdam

            {
                work with
                    State.Critic =
                        Shards.step agent.Shards rule [| combined.Direction |] state.Critic
                    State.CriticSurgery = combined.State
            }
            |> measure
                "critic_loss"
                (Ops.Sum(overTasks work.Batch (asTensor work.Batch rows.Losses)))

    /// As `improveActor`.
    let private reconcileActor (surgery: SacSurgery) : Stage =
        fun agent work ->
            let state, batch = work.State, work.Batch
            let rows, others = SacTaskGradients.actor agent state batch
            let key = surgery.Key |> Key.forPurpose "actor" |> Key.at batch.Step
            let combined = Surgery.combine surgery.OfActor rows key state.ActorSurgery
            let rule = agent.Config.ActorAdam
            // Tasks count alike for the temperature, however many rows they have.
            let alike = {
                batch with
                    Weight =
                        rows.Present
                        |> Array.map (fun isHere -> if isHere then 1.0 else 0.0)
                        |> asTensor batch
                        |> fun here -> Ops.Unsqueeze(here ./ Ops.Sum here, 1L)
            }

            {
                work with
                    State.Actor = Shards.step agent.Shards rule [| combined.Direction |] state.Actor
                    State.ActorSurgery = combined.State
                    EntropyGap = overTasks alike others[0]
                    MeasuredGap = overTasks batch others[0]
            }
            |> measure "actor_loss" (Ops.Sum(overTasks batch (asTensor batch rows.Losses)))
            |> measure "actor_entropy" (Ops.Sum(overTasks batch others[1]))
            |> measure
                "actor_target_entropy"
                (Draw.constant (Place.ofTensor batch.Weight) (SacLosses.targetEntropy agent.Config) [||])

    let private tuneTemperature: Stage =
        fun agent work ->
            let state = work.State
            let leaf = Ops.Leaf state.LogAlpha.Values
            let loss = SacLosses.temperature agent.Config leaf work.EntropyGap
            let loss' = SacLosses.temperature agent.Config leaf work.MeasuredGap
            let gradient = Ops.Grad(loss, [| leaf |])[0]

            {
                work with
                    State.LogAlpha =
                        Trained.step agent.Config.TemperatureAdam gradient state.LogAlpha
            }
            |> measure "alpha_loss" (reported (Ops.Detach loss') work)
            |> measure "alpha_value" (Ops.Mean(SacLosses.alpha agent.Config state.LogAlpha.Values))

    let private followCritics: Stage =
        fun agent work ->
            let state = work.State
            let target = SacAgent.follow agent state.Critic.Values state.Target
            { work with State.Target = target }

    /// Carries the gradient of the critics' loss through the task encoder.
    let private improveTaskEncoder: Stage =
        fun agent work ->
            let improve (gradient: Tensor) =
                let state = work.State
                let layout = agent.TaskEncoderLayout
                let values = state.TaskEncoder.Values
                let leaves = Layout.views layout values |> Gradient.leaves

                let rule = agent.Config.TaskEncoderAdam

                let along =
                    SacAgent.encodeTasks agent work.Fixed leaves
                    |> Option.map (fun context -> Ops.Sum(context .* gradient))

                match along with
                | None -> work
                | Some along ->
                    let gradient, _ = Gradient.flat layout leaves [] along
                    { work with State.TaskEncoder = Trained.step rule gradient state.TaskEncoder }

            work.ContextGradient |> Option.map improve |> Option.defaultValue work

    let private (>->) (first: Stage) (second: Stage) : Stage =
        fun agent work -> first agent work |> second agent

    /// Skips a stage in most updates.
    let private every count (stage: Stage) : Stage =
        fun agent work ->
            if work.Batch.Step % int64 count = 0L then
                stage agent work
            else
                work

    /// The whole update: the order of the stages is the algorithm. The state that comes in stays
    /// as it is and usable; what comes out shares with it what did not change. Actions cost what
    /// `price` says.
    let updateAt price (agent: SacAgent) (state: SacState) (batch: Batch) : SacState * Metrics =
        let owned (state, metrics) =
            Seq.append (SacState.owns state) (Metrics.owns metrics)

        let critics, actor =
            match agent.Config.Surgery with
            | None -> improveCritics, improveActor
            | Some surgery -> reconcileCritics surgery, reconcileActor surgery

        let stages =
            critics
            >-> every agent.Config.ActorEvery (actor >-> tuneTemperature)
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
