namespace MtrlFunctional.Training

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Randomness
open MtrlFunctional.Replay
open MtrlFunctional.Tensors

/// Which transitions of a replay are read. Draws are uniform, with replacement.
[<RequireQualifiedAccess>]
type internal ReplayRows =
    /// As many of each task; none of a task without transitions.
    | Balanced of rowsOfTask: int
    /// From all tasks alike.
    | Uniform of rows: int
    /// As `Balanced`, from the newest transitions of each task.
    | Newest of rowsOfTask: int * window: int
    /// Each once, oldest first; it may be none.
    | All

/// Transitions in main memory, task-major: [tasks; rows] and, of observations and actions, their numbers. Padding is zeros.
[<NoEquality; NoComparison>]
type ReadRows = {
    /// 32-bit floats, as all others; observations of pictures are bytes.
    Obs: Tensor
    Action: Tensor
    Reward: Tensor
    NextObs: Tensor
    /// 1 where the episode ended for good, not by its time limit.
    Terminal: Tensor
    /// 1 of a transition, 0 of padding.
    Weight: Tensor
    /// Whether all numbers are finite.
    IsFinite: bool
}

/// Stored transitions of each task.
type internal IReplay =
    /// Transitions of all tasks that can be read.
    abstract Count: int64

    /// New tensors of the current scope, for the key of the draws of rows and the columns of an observation: those behind the
    /// environment's are the task id. `isLinked`: the next observation of the last transition of an episode is the first one of
    /// the next episode.
    abstract Read:
        rows: ReplayRows * key: Key * obsSize: int * isLinked: bool * shift: RandomShift option ->
            ReadRows

/// How the samples of updates are drawn from a replay.
[<NoEquality; NoComparison>]
type internal ReplaySampling = {
    Experiment: Experiment
    Draws: ReplayDraws
    /// Element type and device of samples.
    Options: TensorOptions
    ObsSize: int
}

/// Samples of updates; tensors of the current scope.
module internal ReplaySampling =
    /// A batch with noise, and whether its numbers are finite.
    let private read sampling (replay: IReplay) rows isLinked shift key step : Batch * bool =
        let read =
            replay.Read(rows, Key.forPurpose "rows" key, sampling.ObsSize, isLinked, shift)

        let convert = TensorOptions.place sampling.Options

        let noise purpose =
            Draw.normal sampling.Options (Key.forPurpose purpose key) (Tensor.shape read.Action)

        {
            Obs = convert read.Obs
            Action = convert read.Action
            Reward = convert read.Reward
            NextObs = convert read.NextObs
            Terminal = convert read.Terminal
            Weight = convert read.Weight
            Noise = noise "noise"
            NextNoise = noise "noise/next"
            Draws = Map.empty
            Step = step
        },
        read.IsFinite

    /// Transitions as they are stored, at step 0.
    let private plain sampling replay rows key =
        read sampling replay rows false None key 0L

    let private withDraws sampling key batch =
        RandomDraw.add sampling.Options key sampling.Draws.Draws batch

    /// The batch with the transitions that its tasks are inferred from, where the agent infers them.
    let private withContext sampling replay key (batch: Batch, isFinite) =
        match sampling.Draws.Context with
        | None -> batch, isFinite
        | Some draw ->
            let own = Key.forPurpose "context" key
            let rows = ReplayRows.Newest(draw.Transitions, draw.Window)
            let transitions, areFinite = plain sampling replay rows own
            TaskContext.draw sampling.Options own draw transitions batch, isFinite && areFinite

    /// The shifts of pictures in a batch, where an experiment has them.
    let private shift (e: Experiment) key =
        let images = e.Environment.DmControl.Images

        if e.ReplayBuffer.RandomShift = 0 then
            None
        else
            Some {
                Pad = e.ReplayBuffer.RandomShift
                Height = images.Height
                Width = images.Width
                Key = Key.forPurpose "shift" key
            }

    /// The sample of an update from a replay that is not empty, and whether its numbers are finite. `step`: environment steps of
    /// each task so far.
    let sample sampling replay step (learner: Learner<ReplaySample>) : ReplaySample * bool =
        let e, key = sampling.Experiment, Learner.draws learner

        let count =
            if e.Behaviour.FrequenciesInUpdates then
                learner.Updates
            else
                step

        let size = e.ReplayBuffer.BatchSize

        let drawn rows key =
            read sampling replay rows e.Behaviour.StoreResetObservation (shift e key) key count

        let one rows =
            let batch, isFinite = drawn rows key

            let batch, isFinite =
                withContext sampling replay key (withDraws sampling key batch, isFinite)

            ReplaySample.ofBatch batch, isFinite

        match sampling.Draws.Rows with
        | RowDraw.Balanced -> one (ReplayRows.Balanced(max 1 (size / e.Environment.NumEnvs)))
        | RowDraw.Uniform -> one (ReplayRows.Uniform size)
        | RowDraw.UniformForEach agents ->
            let batches, areFinite =
                List.unzip [
                    for agent in 0 .. agents - 1 do
                        let own = Key.forPurpose $"agent/{agent}" key
                        let batch, isFinite = drawn (ReplayRows.Uniform size) own
                        withDraws sampling own (Batch.together batch), isFinite
                ]

            { Batches = batches }, List.forall id areFinite

    let private adaptation (learner: Learner<ReplaySample>) = Key.forPurpose "adapt" learner.Key

    /// The learner with task encodings inferred from all transitions of a replay, at least one; none if its agent infers none.
    [<CompiledName("Adapt")>]
    let adapt sampling replay learner =
        let key = adaptation learner
        let batch, _ = plain sampling replay ReplayRows.All key
        Learner.adapt (ReplaySample.ofBatch (withDraws sampling key batch)) learner

    /// The learner with tasks inferred from all transitions of a replay as contexts; none if its agent infers none so.
    /// `count`: how often it adapted before: another number, other noise.
    [<CompiledName("AdaptContext")>]
    let adaptContext sampling replay count learner =
        sampling.Draws.Context
        |> Option.bind (fun draw ->
            let key = Key.at count (adaptation learner)
            let batch, _ = plain sampling replay ReplayRows.All key
            let sample = TaskContext.draw sampling.Options key draw batch batch
            Learner.adapt (ReplaySample.ofBatch sample) learner)

    /// An update on a sample of a replay that is not empty, as `Learner.update`.
    [<CompiledName("Update")>]
    let update sampling replay step learner =
        let sample, isFinite = sample sampling replay step learner
        Learner.update step (not isFinite) sample learner
