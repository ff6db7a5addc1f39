namespace MtrlFunctional.Training

open System
open System.Diagnostics
open MtrlFunctional
open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Tensors

/// An iteration that is to be played.
[<Struct>]
type internal Turn = {
    /// From 0.
    Iteration: int64
    /// Index of its policy in the learner's behaviour policies: the earlier policies that it keeps, then the newest.
    Policy: int
}

/// What an update on an iteration gives, and how long it takes.
[<NoEquality; NoComparison>]
type internal TimedUpdate = {
    Result: Result<LearnedUpdate<EpisodeSample>, RefusedUpdate>
    Seconds: float
}

/// Play of iterations by threads and processes. Episodes are divided among tasks by their success so far.
type internal IPlayers =
    /// Plays an iteration, whose tensors are of no scope. Raises OperationCanceledException if it is stopped.
    abstract Play: turn: Turn * success: TaskSuccess -> SampledEpisodes

    /// Plays an iteration while an update is computed on another thread; none where it is stopped.
    abstract PlayBeside:
        update: Func<TimedUpdate> * turn: Turn * success: TaskSuccess ->
            struct (TimedUpdate * SampledEpisodes voption)

/// What stays as it is from iteration to iteration.
[<NoEquality; NoComparison>]
type internal OnPolicySetup = {
    Experiment: Experiment
    /// Steps of each task in an iteration without early ends.
    Steps: int64
    /// Iterations that are played before the update on the oldest of them, by policies as many updates older; 0: the newest
    /// policy plays each iteration, or the players choose.
    Ahead: int
}

/// What an on-policy loop has beside its counters.
[<NoEquality; NoComparison>]
type internal OnPolicyProgress = {
    /// What depends on the success of tasks, as a checkpoint stores it.
    Success: TaskSuccess
    /// Iterations that were played and not learned yet, the oldest first.
    Played: SampledEpisodes list
    /// Means over the episodes of each task in the newest learned iteration, [tasks].
    Newest: EpisodeMeans[]
}

/// The result of a piece of an iteration.
[<NoEquality; NoComparison>]
type internal OnPolicyPiece = {
    Loop: LoopState
    Progress: OnPolicyProgress
    /// The update, if the piece was one; a refused one leaves loop and progress as they were.
    Update: Result<LearnedUpdate<EpisodeSample>, RefusedUpdate> option
    /// The measurements of the update and of its episodes.
    Readings: Reading[]
}

/// Training in iterations, in pieces: the play of one, or an update on the oldest that was played, with the play of another
/// beside it. A loop that stops between two pieces goes on with the next one.
///
/// Reading order: sample → update → learned → advance.
module internal OnPolicyLoop =
    /// The setup of a run whose agent keeps as many earlier policies.
    [<CompiledName("Setup")>]
    let setup (e: Experiment) earlier = {
        Experiment = e
        Steps = int64 (SamplingPlan.stepsOfTask e)
        Ahead =
            if (AlgorithmKeys.onPolicy e.Agent.Algorithm).Asynchronous then
                0
            else
                earlier
    }

    /// Progress before the next iteration; its newest one is the newest that the loop counted.
    [<CompiledName("Start")>]
    let start success (loop: LoopState) = {
        Success = success
        Played = []
        Newest = loop.Finished |> Array.map TaskTally.newestMeans
    }

    /// Of the next iterations, as many as `most`, the number that the run needs; at least one.
    [<CompiledName("Needed")>]
    let needed setup most (loop: LoopState) =
        let left = int64 setup.Experiment.Schedule.NumTrainSteps - loop.Step
        max 1L (min (int64 most) ((left + setup.Steps - 1L) / setup.Steps)) |> int

    /// The sample of an update, from episodes in main memory, at the completed share of the run, in [0, 1]. `lag` as in
    /// `SampledEpisodes`.
    [<CompiledName("Sample")>]
    let sample completed lag episodes (learner: Learner<EpisodeSample>) : EpisodeSample = {
        Key = Learner.draws learner
        Progress = completed
        Lag = Option.ofNullable lag
        Episodes = Episodes.map (TensorOptions.place learner.Options) episodes
    }

    /// An update after so many environment steps of each task.
    [<CompiledName("Update")>]
    let update step sample (learner: Learner<EpisodeSample>) =
        // Bounds of σ hide an infinite σ from the update. A pass over the state takes no time beside an iteration.
        let isSuspect = not (NonFinite.sumsAreFinite learner.State.Owns)
        Learner.update step isSuspect sample learner

    let private owns update =
        match update.Result with
        | Ok learnt -> learnt.Next.State.Owns
        | Error refused -> Seq.map snd (Seq.append refused.Sample refused.Outcome)

    /// An update on an iteration and on the episodes that its tasks are trained on again.
    let private learn
        setup
        (learner: Learner<EpisodeSample>)
        (loop: LoopState)
        success
        (sampled: SampledEpisodes)
        =
        Tensors.scope owns (fun () ->
            let started = Stopwatch.GetTimestamp()
            let total = float setup.Experiment.Schedule.NumTrainSteps
            let episodes = TaskSuccess.withRemembered success sampled.Episodes
            let sample = sample (min 1.0 (float loop.Step / total)) sampled.Lag episodes learner
            let result = update loop.Step sample learner
            { Result = result; Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds })

    /// The measurements of an iteration beside its update's: seconds, lag, and the episodes of each task where they are
    /// allotted.
    let private readings success (sums: EpisodeSums[]) (sampled: SampledEpisodes) seconds = [|
        { Metric = "sampling_seconds"; Number = sampled.Seconds }
        { Metric = "update_seconds"; Number = seconds }
        { Metric = "physics_share"; Number = sampled.PhysicsShare }

        if sampled.Lag.HasValue then
            { Metric = "lag"; Number = float sampled.Lag.Value }

        if TaskSuccess.allots success then
            for task, sum in Array.indexed sums do
                { Metric = $"episodes{RunRecord.OfTask}{task}"; Number = float sum.Episodes }
    |]

    /// Loop and progress after an update on an iteration, with the iterations that wait: means over the episodes of each task,
    /// then over tasks with equal weights.
    let private learned setup (sampled: SampledEpisodes) waiting seconds measured loop progress =
        let tasks = progress.Newest.Length
        let sums = SampledEpisodes.sums tasks sampled
        let means = sums |> Array.map EpisodeSums.means

        let readings =
            Array.append measured (readings progress.Success sums sampled seconds)

        let meanReturn =
            means |> Seq.map _.Return |> TaskAggregate.over TaskAggregate.Average

        {
            Loop =
                loop
                |> LoopState.measureAll readings
                |> LoopState.measure RunMetrics.EpisodeReward meanReturn
                |> LoopState.finish sums
                |> LoopState.iterated
                    (setup.Steps - sampled.StepsLeftOut / int64 tasks)
                    sampled.UnstableSteps
            Progress = {
                Success =
                    progress.Success
                    |> TaskSuccess.observe
                        (means |> Array.map _.Ever)
                        (SampledEpisodes.succeeded sampled)
                        sampled.Episodes
                Played = waiting
                Newest = means
            }
            Update = None
            Readings = readings
        }

    /// Nothing can be learned from an iteration without a step.
    let private withSteps (sampled: SampledEpisodes) =
        if sampled.Played |> Array.forall (Array.forall (fun episode -> episode.Steps = 0)) then
            (sampled :> IDisposable).Dispose()

            OwnPart.refuse
                "the environments"
                "were unstable in every step of an iteration, so that there is nothing to learn from"
        else
            sampled

    /// The next piece. An iteration that was learned is disposed.
    [<CompiledName("Advance")>]
    let advance setup (players: IPlayers) (learner: Learner<EpisodeSample>) loop progress =
        let turn ahead = { Iteration = learner.Updates + int64 ahead; Policy = ahead }

        match progress.Played with
        | sampled :: waiting when progress.Played.Length >= needed setup (max 1 setup.Ahead) loop ->
            let update () =
                learn setup learner loop progress.Success sampled

            let struct (update, further) =
                if setup.Ahead > 0 && needed setup (setup.Ahead + 1) loop > setup.Ahead then
                    players.PlayBeside(update, turn setup.Ahead, progress.Success)
                else
                    update (), ValueNone

            match update.Result with
            | Ok learnt ->
                let waiting = waiting @ (ValueOption.toList further |> List.map withSteps)
                let measured = learnt.Readings
                let piece = learned setup sampled waiting update.Seconds measured loop progress
                (sampled :> IDisposable).Dispose()
                { piece with Update = Some update.Result }
            | Error _ -> {
                Loop = loop
                Progress = progress
                Update = Some update.Result
                Readings = [||]
              }
        | played -> {
            Loop = loop
            Progress = {
                progress with
                    Played =
                        played @ [ withSteps (players.Play(turn played.Length, progress.Success)) ]
            }
            Update = None
            Readings = [||]
          }
