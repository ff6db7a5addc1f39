namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Soft actor-critic for many tasks: one update as a pipeline of pure stages.
///
/// Paper and formulas: `SacLosses`. As in mtrl: the order of the stages, and the improved critics in the actor's loss.
///
/// Shapes: observations [tasks; rows; obs], actions [tasks; rows; actions], others [tasks; rows].
module Sac =
    /// The result of `first`, if it has one, else of `stage`.
    let private orElse (stage: UpdateContext -> UpdateContext) first work =
        first work |> Option.defaultWith (fun () -> stage work)

    /// The stages of an update: their order is the algorithm. "critic", "actor", "temperature", "target" and, after
    /// `further` stages, "task_encoder", each with the part of `SacParts` that it changes; if tasks are inferred, the
    /// stages of `SacContext` come before and after these.
    let stagesWith (further: SacStage list) (agent: SacAgent) : SacStage list =
        let config = agent.Config

        let stage name (key: PartKey<'content>) every run = {
            Name = name
            Parts = [ key.PartName ]
            Every = every
            Run = run
        }

        let critic, actor, temperature =
            match config.Surgery with
            | None ->
                SacActorCritic.updateCritics,
                SacActorCritic.updateActor,
                SacActorCritic.adjustTemperature
            | Some surgery ->
                SacLossWeighting.updateCritics surgery
                |> orElse (SacSurgeryStages.updateCritics surgery),
                SacLossWeighting.updateActor surgery
                |> orElse (SacSurgeryStages.updateActor surgery),
                surgery.OfTemperature
                |> Option.map (SacSurgeryStages.adjustTemperature surgery)
                |> Option.defaultValue SacActorCritic.adjustTemperature

        [
            stage "critic" SacParts.critic 1 critic
            stage "actor" SacParts.actor config.ActorEvery actor
            stage "temperature" SacParts.logAlpha config.ActorEvery temperature
            stage "target" SacParts.target config.TargetEvery SacActorCritic.updateTarget
            yield! further

            match config.Context |> Option.bind _.KlWeight with
            | Some weight -> {
                Name = "context_kl"
                Parts = []
                Every = 1
                Run = SacContext.regularise weight
              }
            | None -> ()

            stage "task_encoder" SacParts.taskEncoder 1 SacActorCritic.updateTaskEncoder

            match config.Context with
            | Some context ->
                stage "context" SacParts.encodings 1 SacContext.infer
                let every = context.ExploreEvery
                stage "exploring_context" SacParts.exploringEncodings every SacContext.explore
            | None -> ()
        ]

    /// The stages of soft actor-critic. An algorithm that builds on it adds stages of its own (`updateBy`).
    let stages (agent: SacAgent) : SacStage list = stagesWith [] agent

    /// An update by given stages, with a regulariser of the policy. The given state is unchanged and stays usable; the
    /// result shares its unchanged tensors.
    let updateBy
        (stages: SacStage list)
        (regulariser: PolicyRegulariser)
        (agent: SacAgent)
        (state: SacState)
        (batch: Batch)
        : SacState * Metrics =
        Tensors.scope SacState.ownsOutcome (fun () ->
            let work = UpdateContext.start regulariser agent state batch |> SacStage.run stages
            work.State, List.rev work.Measured)

    /// An update of soft actor-critic: the stages of the agent, and maximum entropy. State as in `updateBy`.
    let update (agent: SacAgent) state batch =
        updateBy (stages agent) PolicyRegulariser.entropy agent state batch

    /// As `update`, but only numbers change for which `mask`, a state, has 1.
    let updateWithin (agent: SacAgent) (mask: SacState) state batch =
        updateBy
            (stages agent |> List.map (SacStage.within mask))
            PolicyRegulariser.entropy
            agent
            state
            batch

    /// Standard normal numbers that one exploring action takes.
    let noiseSize (config: SacConfig) =
        match config.Actions with
        | SacActions.Box -> config.ActionSize
        | SacActions.Discrete _ -> Categorical.noiseSize config.ActionSize

    /// Actions to explore with, for observations [tasks; rows; obs] and standard normal noise
    /// [tasks; rows; noise].
    let act (agent: SacAgent) (state: SacState) obs noise =
        Tensors.constant Seq.singleton (fun () ->
            let view = PolicyView.readExploring agent state

            match agent.Config.Actions with
            | SacActions.Box -> (PolicyView.sample view obs noise).Action
            | SacActions.Discrete _ -> Categorical.sample (PolicyView.categorical view obs) noise)

    /// The most likely actions of a view: over vectors before squashing, tanh of the mean.
    let internal greedyOf (view: PolicyView) obs =
        match view.Agent.Config.Actions with
        | SacActions.Box -> TanhGaussian.mode (PolicyView.policy view obs)
        | SacActions.Discrete _ -> Categorical.mode (PolicyView.categorical view obs)

    /// The most likely actions of the policy, as `greedyOf`.
    let actGreedily (agent: SacAgent) (state: SacState) obs =
        Tensors.constant Seq.singleton (fun () -> greedyOf (PolicyView.read agent state) obs)

    /// The greedy policy of a view on rows of one task; or the first part of its networks that cannot be expressed so.
    let internal rowLayersOf (view: PolicyView) : Result<RowStep list, string> =
        let config = view.Agent.Config

        let source = RowSource.ofTasks config.Tasks view.Context

        let output =
            match config.Actions with
            | SacActions.Box -> TanhGaussian.modeSteps config.ActionSize config.ActionSizes
            | SacActions.Discrete _ -> [ RowStep.Next RowLayer.Choose ]

        Network.rows (source view.ActorEncoder) "encoder" config.ObsSize config.Networks.Encoder
        |> Result.bind (fun (encoder, features) ->
            Network.rows (source view.Actor) "" features config.Networks.Actor
            |> Result.map (fun (actor, _) -> encoder @ actor @ output))

    /// The greedy policy on rows of one task; or the first part of its networks that cannot be expressed so.
    let rowLayers (agent: SacAgent) (state: SacState) =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        PolicyView.read agent state |> rowLayersOf
