namespace MtrlFunctional.Algorithms

open MtrlFunctional
open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.SacDescent

/// Soft actor-critic for many tasks: one update as a list of pure stages.
///
/// Paper and formulas: `SacLosses`. As in mtrl: the order of the stages, and the improved critics in the actor's loss.
///
/// Shapes: observations [tasks; rows; obs], actions [tasks; rows; actions], others [tasks; rows].
module Sac =
    let private criticObjective (agent: SacAgent) (state: SacState) : Objective = {
        Name = "critic"
        Layout = agent.CriticLayout
        Record =
            fun view ->
                let view = { view with Critic = Gradient.leaves view.Critic }

                view.Critic,
                fun rows -> { Terms = [ SacLosses.critic view rows ]; Others = []; Gap = None }
        TrainsTaskEncoder = agent.TaskEncoder.IsSome && agent.Config.CriticTrainsTaskEncoder
        Measured = [ "critic_loss" ]
        Method = _.OfCritic
        Places = [ "q1"; "q2" ]
        Memory = state.CriticSurgery
        WeighsLosses = true
    }

    let private actorObjective (agent: SacAgent) (state: SacState) : Objective = {
        Name = "actor"
        Layout = agent.ActorLayout
        Record =
            fun view ->
                let view = { view with Actor = Gradient.leaves view.Actor }

                view.Actor,
                fun rows ->
                    let found = SacLosses.actor view rows
                    { Terms = [ found.Loss ]; Others = [ found.Entropy ]; Gap = Some found.Gap }
        TrainsTaskEncoder = agent.TaskEncoder.IsSome && agent.Config.ActorTrainsTaskEncoder
        Measured = [ "actor_loss"; "actor_entropy" ]
        Method = _.OfActor
        Places = [ "" ]
        Memory = state.ActorSurgery
        WeighsLosses = true
    }

    /// The critics descend their loss; its gradient with respect to the task encoder goes to its stage.
    let private updateCritics: SacStage =
        fun work ->
            let { Agent = agent; State = state } = work
            let objective = criticObjective agent state
            let found = find objective work
            let rule = agent.Config.CriticAdam

            let next = {
                follow objective found work with
                    State.Critic = Shards.stepPieces agent.Shards rule found.Gradient state.Critic
            }

            let lossAfter =
                SacLosses.criticAfter (UpdateContext.view work) (UpdateContext.view next)

            {
                next with
                    State.CriticSurgery = observe objective lossAfter found.Memory next
            }

    /// The actor descends its loss, at the improved critics.
    let private updateActor: SacStage =
        fun work ->
            let { Agent = agent; State = state } = work
            let objective = actorObjective agent state
            let found = find objective work
            let wanted = SacLosses.targetEntropies agent.Config |> List.average
            let options = TensorOptions.ofTensor found.Measured.Head

            {
                follow objective found work with
                    State.Actor =
                        state.Actor
                        |> Shards.stepPieces agent.Shards agent.Config.ActorAdam found.Gradient
                    State.ActorSurgery = found.Memory
                    EntropyGap = found.Gap
                    TaskGap = found.TaskGap
            }
            |> UpdateContext.measure "actor_target_entropy" (Draw.constant options wanted [||])

    /// The direction of the temperatures that a method makes of the tasks' gradients.
    let private temperatureBySurgery surgery method' (work: UpdateContext) =
        let { Agent = { Config = config }; State = state } = work
        let gaps, present = Option.get work.TaskGap
        let tasks = gaps.Length
        let alphas = Tensor.toDoubles (SacAgent.alpha config state.LogAlpha.Values)
        let losses = Array.map2 (*) alphas gaps

        // ∂α/∂log α = α; in shared mode all tasks move the first.
        let at task =
            if config.PerTaskTemperature then task else 0

        let rows =
            Array.init (tasks * tasks) (fun i ->
                if at (i / tasks) = i % tasks then
                    losses[i / tasks]
                else
                    0.0)

        let shape = [| int64 tasks; int64 tasks |]
        let options = TensorOptions.ofTensor work.Batch.Weight
        let rows = TensorOptions.fromDoubles options rows shape
        let gradients = { TaskGradients.create rows losses with Present = present }
        let key = SacSurgery.key "temperature" state.Critic.Steps surgery
        (Surgery.combine method' gradients key SurgeryState.empty).Direction

    /// The temperatures descend their loss at the entropy of the actor before its step.
    let private adjustTemperature: SacStage =
        fun work ->
            let { Agent = { Config = config }; State = state } = work

            let gap =
                match work.EntropyGap with
                | Some gap -> gap
                | None ->
                    invalidOp
                        "The stage of the actor must come before the stage of the temperatures."

            let leaf = Tensor.leaf state.LogAlpha.Values
            let loss = SacLosses.temperature config leaf gap

            let direction =
                match config.Surgery with
                | Some({ OfTemperature = Some method' } as surgery) ->
                    temperatureBySurgery surgery method' work
                | _ -> (Tensor.grad [| leaf |] loss)[0]

            let loss = UpdateContext.reported work (Tensor.detach loss)
            let alpha = Tensor.mean (SacAgent.alpha config state.LogAlpha.Values)

            {
                work with
                    State.LogAlpha = AdamState.step config.TemperatureAdam direction state.LogAlpha
            }
            |> UpdateContext.measure "alpha_loss" loss
            |> UpdateContext.measure "alpha_value" alpha

    /// The targets take a step of Polyak averaging.
    let private updateTarget: SacStage =
        fun work ->
            let state = work.State
            let target = SacAgent.polyak work.Agent state.Critic.Values state.Target
            { work with State.Target = target }

    /// The task encoder descends the losses that train it, by the gradients that their stages gave. In an update without such a
    /// loss it goes on by its momentum, as in PyTorch 1: a gradient that was there once is 0 from then on, not none.
    let private updateTaskEncoder: SacStage =
        fun work ->
            let work =
                work
                |> UpdateContext.addTaskEncoderGradient (
                    work.ContextGradient |> Option.bind (UpdateContext.throughTaskEncoder work)
                )

            let encoder = work.State.TaskEncoder

            let step gradient = {
                work with
                    State.TaskEncoder =
                        AdamState.step work.Agent.Config.TaskEncoderAdam gradient encoder
            }

            match work.TaskEncoderGradient with
            | Some gradient -> step gradient
            | None when encoder.Steps > 0L -> step (Tensor.zerosLike encoder.Values)
            | None -> work

    /// The stage in updates whose `Batch.Step` is divisible by a number.
    let private every count (stage: SacStage) : SacStage =
        Batch.every (fun (work: UpdateContext) -> work.Batch) count stage

    /// The first stages of an update: critics, actor, temperatures, targets. An algorithm that builds on soft
    /// actor-critic has its stages between these and `lastStages`.
    let internal firstStages (agent: SacAgent) : SacStage list = [
        updateCritics
        every agent.Config.ActorEvery updateActor
        every agent.Config.ActorEvery adjustTemperature
        every agent.Config.TargetEvery updateTarget
    ]

    /// The last stages of an update: the task encoder; and where tasks are inferred, the divergence of their encodings
    /// from the prior before it, and new encodings after it.
    let internal lastStages (agent: SacAgent) : SacStage list = [
        let context = agent.Config.Context

        for weight in context |> Option.bind _.KlWeight |> Option.toList do
            SacContext.regularise weight

        updateTaskEncoder

        for context in Option.toList context do
            SacContext.infer
            every context.ExploreEvery SacContext.explore
    ]

    /// The stages of an update: their order is the algorithm.
    let internal stages (agent: SacAgent) : SacStage list = firstStages agent @ lastStages agent

    /// An update by given stages, with a regulariser of the policy. The given state is unchanged and stays usable; the
    /// result shares its unchanged tensors.
    let internal updateBy
        stages
        regulariser
        (agent: SacAgent)
        (state: SacState)
        batch
        : SacState * Metrics =
        let owned (state, metrics) =
            Seq.append (SacState.owns state) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let start = UpdateContext.start regulariser agent state batch
            let work = List.fold (|>) start stages
            work.State, List.rev work.Measured)

    /// An update of soft actor-critic: the stages of the agent, and maximum entropy. State as in `updateBy`.
    let update (agent: SacAgent) state batch =
        updateBy (stages agent) PolicyRegulariser.entropy agent state batch

    /// The gradients of the critics' loss task by task, with respect to encoder and critics, then to the task encoder if
    /// the loss trains it. `view` is the view of all tasks.
    let internal criticGradients (view: SacView) batch =
        taskGradients (criticObjective view.Agent view.State) view batch

    /// The gradients of the actor's loss task by task.
    let internal actorGradients (view: SacView) batch =
        taskGradients (actorObjective view.Agent view.State) view batch

    /// Cosine similarities of the tasks' gradients of shared parameters on a batch, before an update; nothing changes.
    /// Nothing is measured if tasks share no parameters.
    let internal conflicts (agent: SacAgent) state step update batch : ConflictRecord list =
        let nothing _ = Seq.empty

        if
            Sharing.sharedCount agent.CriticLayout > 0L
            && Sharing.sharedCount agent.ActorLayout > 0L
        then
            Tensors.scope nothing (fun () ->
                let view, batch = SacView.readForUpdate agent state batch
                let batch = Batch.normalise batch

                [ "critic", criticGradients; "actor", actorGradients ]
                |> List.map (fun (part, gradients) ->
                    // One part's gradients are freed before the next part's are made.
                    Tensors.scope nothing (fun () ->
                        (gradients view batch).Shared |> Conflict.record step update part)))
        else
            []

    /// Standard normal numbers that one exploring action takes.
    let internal noiseSize (config: SacConfig) =
        match config.Actions with
        | SacActions.Box -> config.ActionSize
        | SacActions.Discrete _ -> Categorical.noiseSize config.ActionSize

    /// Actions to explore with, for observations [tasks; rows; obs] and standard normal noise
    /// [tasks; rows; noise].
    let internal act (agent: SacAgent) (state: SacState) obs noise =
        Tensors.constant Seq.singleton (fun () ->
            let view = SacView.readExploring agent state
            let features = SacView.actorFeatures view obs

            match agent.Config.Actions with
            | SacActions.Box ->
                let policy = SacView.gaussian view features
                (TanhGaussian.sampleBy agent.Config.SquashDensity policy noise).Action
            | SacActions.Discrete _ -> Categorical.sample (SacView.categorical view features) noise)

    /// The most likely actions of a view: over vectors before squashing, tanh of the mean.
    let internal greedyOf (view: SacView) obs =
        let features = SacView.actorFeatures view obs

        match view.Agent.Config.Actions with
        | SacActions.Box -> TanhGaussian.mode (SacView.gaussian view features)
        | SacActions.Discrete _ -> Categorical.mode (SacView.categorical view features)

    /// The most likely actions of the policy, as `greedyOf`.
    let internal actGreedily (agent: SacAgent) (state: SacState) obs =
        Tensors.constant Seq.singleton (fun () -> greedyOf (SacView.read agent state) obs)

    /// The greedy action of the actor's output as a row, beside which is log σ if it is drawn from a Gaussian.
    let private actionRow (config: SacConfig) output =
        match config.Actions with
        | SacActions.Box ->
            let logStd =
                TanhGaussian.logStdSteps config.LogStdLimit config.LogStdBounds config.ActionSize

            Row.follow (TanhGaussian.modeSteps config.ActionSize config.ActionSizes) output
            |> Row.withLogStd (Row.follow logStd output)
        | SacActions.Discrete _ -> Row.apply RowLayer.Choose output

    /// The smaller Q of an action at features of the critics as a row; none for networks that cannot be expressed so.
    let private valueRow (view: SacView) run features action =
        let input, ofAction =
            match view.Agent.Config.Actions with
            | SacActions.Box -> Row.applyAll RowLayer.Join [ features; action ], id
            | SacActions.Discrete _ ->
                features, fun q -> Row.applyAll (RowLayer.Product q.Width) [ action; q ]

        let minus a b =
            Row.applyAll (RowLayer.Sum [| 1f; -1f |]) [ a; b ]

        // min(a, b) = a − relu(a − b).
        let least a b =
            minus a (Row.apply (RowLayer.Activate Relu) (minus a b))

        [ "q1"; "q2" ]
        |> List.map (fun critic -> run view.Critic critic view.Agent.Config.Networks.Critic input)
        |> Results.partition
        |> function
            | values, [] -> values |> List.map ofAction |> List.reduce least |> Some
            | _ -> None

    /// The greedy policy of a view on rows of one task; or the first part of its networks that cannot be expressed so. log σ and
    /// the smaller Q are beside it.
    let internal rowLayersOf (view: SacView) : Result<RowStep list, string> =
        let config = view.Agent.Config
        let input = Row.input config.ObsSize

        let run weights path (spec: Spec) row =
            spec.OnRow (RowSource.ofTasks config.Tasks view.Context weights) path row

        let encoded weights =
            run weights "encoder" config.Networks.Encoder input

        encoded (SacView.actorEncoder view)
        |> Result.bind (fun features ->
            run view.Actor "" config.Networks.Actor features
            |> Result.map (fun output ->
                let action = actionRow config output

                (if config.Networks.ActorPrivateParts.IsEmpty then
                     Some features
                 else
                     Result.toOption (encoded view.Critic))
                |> Option.bind (fun features -> valueRow view run features action)
                |> Option.fold (fun action value -> Row.withValue value action) action
                |> Row.steps input))

    /// The greedy policy on rows of one task; or the first part of its networks that cannot be expressed so.
    let internal rowLayers (agent: SacAgent) (state: SacState) =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        SacView.read agent state |> rowLayersOf
