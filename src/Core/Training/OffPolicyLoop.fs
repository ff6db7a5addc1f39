namespace MtrlFunctional.Training

open System
open MtrlFunctional
open MtrlFunctional.Agents
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// What a step of one environment gave.
[<Struct>]
type internal StepResult = {
    Reward: float
    /// Null if the task defines no success.
    Success: Nullable<bool>
    /// The physics failed: the transition is dropped, and the episode ends.
    IsUnstable: bool
    /// Whether the episode is over.
    Ended: bool
}

/// The environments of training, one for each task, whose transitions are stored.
type internal IEnvironments =
    /// Current observations in the rows of their tasks, in main memory, [groups; rows; obs].
    abstract Observe: unit -> Tensor

    /// A step with actions of all tasks, one after the other.
    abstract Step: actions: float32[] -> StepResult[]

    /// Stores the newest step with its rewards, none where it is dropped; then starts the next episode where one is over.
    abstract Store: actions: float32[] * rewards: float32 voption[] -> unit

/// A step of all tasks before the environments take its actions.
type internal StepUnderway = {
    /// Of all tasks, one after the other; each in [−1, 1].
    Actions: float32[]
    /// Updates of this step so far.
    Updates: int64
}

/// What stays as it is from step to step.
[<NoEquality; NoComparison>]
type internal OffPolicySetup = {
    Experiment: Experiment
    Sampling: ReplaySampling
    Spec: EnvironmentSpec
    /// Numbers of each task's own actions; those behind them are padding.
    ActionSizes: int[]
    /// The index of each task in the networks.
    Indices: int[]
    Schedule: UpdateSchedule
    /// The key of the actions of all steps.
    Exploration: Key
}

/// The result of a piece of a step.
[<NoEquality; NoComparison>]
type internal OffPolicyPiece = {
    Loop: LoopState
    /// None between two steps.
    Underway: StepUnderway option
    /// The update, if the piece was one; a refused one leaves the loop as it was.
    Update: Result<LearnedUpdate<ReplaySample>, RefusedUpdate> option
}

/// Training with a replay, in pieces: the choice of actions, each update, and the step of the environments. A loop that stops
/// between two pieces goes on with the next one.
///
/// Reading order: choose → update → step → advance.
module internal OffPolicyLoop =
    /// The setup of a run: `actionSizes` has the numbers of each task's own actions.
    [<CompiledName("Setup")>]
    let setup (e: Experiment) sampling spec actionSizes = {
        Experiment = e
        Sampling = sampling
        Spec = spec
        ActionSizes = actionSizes
        Indices = List.toArray (NetworkTasks.trained e)
        Schedule = { InitSteps = e.Schedule.InitSteps; UpdatesPerStep = e.Schedule.UpdatesPerStep }
        Exploration = Key.ofSeed e.Setup.SeedRef |> Key.forPurpose "explore"
    }

    /// The term of a return: a reward as the environments give it, or as it is normalised.
    [<CompiledName("Term")>]
    let term setup reward normalized =
        if setup.Experiment.Behaviour.RawReturns then
            reward
        else
            normalized

    /// The reward of a task's step as it is stored, none where the physics failed; and the statistics with it.
    [<CompiledName("Stored")>]
    let stored (e: Experiment) statistics (result: StepResult) =
        if result.IsUnstable then
            struct (ValueNone, statistics)
        else
            let struct (normalized, statistics) =
                RewardNormalization.normalize
                    e.Environment.RewardNormalization
                    result.Reward
                    statistics

            struct (ValueSome normalized, statistics)

    /// Whether an episode that a time limit ends after the newest step of a loop is stored as terminal: in mtrl on DeepMind
    /// Control, but for the first episode.
    [<CompiledName("EndsAtTimeLimit")>]
    let endsAtTimeLimit (e: Experiment) horizon (loop: LoopState) =
        not e.Behaviour.BootstrapReplayTimeLimits && loop.Step >= int64 horizon

    let private choose setup (environments: IEnvironments) (learner: Learner<_>) step =
        let key = Key.at step setup.Exploration
        let size = EnvironmentSpec.actionSize setup.Spec
        let actions = Array.zeroCreate (setup.ActionSizes.Length * size)

        if UpdateSchedule.actsRandomly step setup.Schedule then
            RandomActions.fill setup.Spec.Action key (actions.AsSpan())

            setup.ActionSizes
            |> Array.iteri (fun task own -> Array.Clear(actions, task * size + own, size - own))
        else
            let rows = TensorOptions.place learner.Options (environments.Observe())
            let chosen = Learner.explore key rows learner |> Tensor.toFloats

            setup.Indices
            |> Array.iteri (fun task index ->
                for i in 0 .. size - 1 do
                    actions[task * size + i] <- Math.Clamp(chosen[index * size + i], -1f, 1f))

        actions

    let private step setup (environments: IEnvironments) actions (loop: LoopState) =
        let results = environments.Step actions

        let rewards = Array.map2 (stored setup.Experiment) loop.Rewards results
        let normalized = rewards |> Array.map (fun struct (reward, _) -> reward)
        environments.Store(actions, normalized |> Array.map (ValueOption.map float32))

        let steps =
            (results, normalized)
            ||> Array.map2 (fun result ->
                ValueOption.map (fun reward ->
                    struct (term setup result.Reward reward, result.Success)))

        {
            loop with
                Rewards = rewards |> Array.map (fun struct (_, statistics) -> statistics)
        }
        |> LoopState.stepped steps (results |> Array.map _.Ended)

    /// Nothing can be learned without a step.
    let private withSteps setup (loop: LoopState) =
        let taken = loop.Step * int64 setup.ActionSizes.Length

        if loop.Step > setup.Schedule.InitSteps && loop.UnstableSteps = taken then
            OwnPart.refuse
                "the environments"
                "were unstable in every step so far, so that there is nothing to learn from"
        else
            loop

    /// The next piece.
    [<CompiledName("Advance")>]
    let advance
        setup
        environments
        (replay: IReplay)
        (learner: Learner<ReplaySample>)
        (loop: LoopState)
        underway
        =
        match underway with
        | None -> {
            Loop = loop
            Underway = Some { Actions = choose setup environments learner loop.Step; Updates = 0L }
            Update = None
          }
        | Some before when
            before.Updates < UpdateSchedule.updatesAt loop.Step replay.Count setup.Schedule
            ->
            match ReplaySampling.update setup.Sampling replay loop.Step learner with
            | Ok update -> {
                Loop = LoopState.measureAll update.Readings loop
                Underway = Some { before with Updates = before.Updates + 1L }
                Update = Some(Ok update)
              }
            | refused -> { Loop = loop; Underway = underway; Update = Some refused }
        | Some chosen -> {
            Loop = step setup environments chosen.Actions loop |> withSteps setup
            Underway = None
            Update = None
          }

    /// The next piece in messages about parts of a program.
    [<CompiledName("Title")>]
    let title learner (loop: LoopState) underway =
        match underway with
        | None -> "actions"
        | Some(_: StepUnderway) -> Learner.title loop.Step learner
