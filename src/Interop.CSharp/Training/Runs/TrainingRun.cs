using MtrlFunctional.Physics;
using MtrlFunctional.Processes;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>How a call of <see cref="TrainingRun.Run"/> ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps are done.</summary>
    Finished,

    /// <summary>Stop requested; a checkpoint was saved and the run can be resumed.</summary>
    Stopped,

    /// <summary>A callback ended it; a checkpoint was saved and the run can be resumed.</summary>
    EndedEarly,
}

/// <summary>Trains one policy on the tasks of an experiment: steps or iterations, and after each of them a line in the logs, an
/// evaluation and a checkpoint where due. Formulas and schedules are in the core; this class orders the calls.</summary>
/// <remarks>A step takes one action in every task. Each random draw has a key of the seed and a counter, so a resumed run equals
/// an uninterrupted one bit for bit with the same number of threads, unless its iterations are played without waiting for
/// updates. Not thread-safe; the caller disposes it.</remarks>
public sealed partial class TrainingRun : IDisposable
{
    private static readonly TimeSpan PublishEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Seconds after which a step or a part of an update that has not returned is reported.</summary>
    private const int StallLimit = 60;

    private readonly SoleUse _use;

    // The folder wherever the current directory of the process moves to.
    private readonly RunFolder _home;
    private readonly RunLock _lock;
    private readonly RunLogs _logs;
    private readonly Boundaries _boundaries;
    private readonly Trainer _trainer;
    private readonly RunLogger _logger;
    private readonly RunTracking _tracking;
    private readonly Callbacks _callbacks;
    private readonly Crew? _crew;
    private readonly Stopwatch _evaluating = new();
    private readonly long _firstStep;
    private Checkpoint? _saved;
    private long[] _savedCounters = [];
    private bool _endsEarly;
    private volatile Exception? _stallFailure;
    private int _evaluations;
    private double _intervalStarted;
    private TimeSpan _prepared;
    private TimeSpan _processorStarted = Environment.CpuUsage.TotalTime;

    private TrainingRun(
        Experiment experiment, RunFolder folder, RunLock runLock, Checkpoint? checkpoint, Extensions extensions, Action<string>? notice,
        Crew? crew)
    {
        (Experiment, Folder, _lock, _saved) = (experiment, folder, runLock, checkpoint?.Anywhere());
        (_callbacks, _crew, _use) = (extensions.Callbacks, crew, new SoleUse(Folder.Path));
        _home = new RunFolder(Path.GetFullPath(Folder.Path));
        crew?.Require(Experiment);
        _boundaries = LoopBoundaries.OfExperiment(Experiment);
        _trainer = Trainer.Create(Experiment, _saved, extensions, _home.Path, crew);
        try
        {
            if (_saved is not null)
            {
                RunState.Load(_saved, _trainer);
                _savedCounters = Counters;
                _home.Checkpoints.SetAsideAfter(_saved.Info.Step);
            }
            else
            {
                PolicyStart.Apply(
                    Experiment, _trainer.EvaluationEnvironments ?? _trainer.Environments, _trainer.Learner, extensions, notice);
            }

            _trainer.Learner.Crashes = new CrashReports(
                _home.CrashFolder, ExperimentModule.Render(Experiment), _trainer.Threads, NetworkPlaces(Experiment, _trainer.Names));
            _firstStep = State.Step;
            _logs = new RunLogs(
                _home, DateTimeOffset.UtcNow, Experiment.Logging.TensorBoard, _saved?.Info, LearnerModule.RecordsConflicts(Experiment));
            foreach (var log in _logs.Shorter)
                notice?.Invoke($"{Folder.Path}: {log} has lost lines of the {Text.Count(State.Step)} steps so far. Later lines are added to it.");
            var environments = Experiment.Environment.NumEnvs;
            _tracking = new RunTracking(Experiment, _home, () => State.Step * environments, () => _trainer.Learner.Updates, notice);
            _logger = new RunLogger(Experiment, _logs, _trainer.Names, _tracking);
            LastEvaluation = _saved is null ? null : RecordedEvaluation.Newest(_home, Experiment);
        }
        catch
        {
            _tracking?.Dispose();
            _logs?.Dispose();
            _trainer.Dispose();
            throw;
        }
    }

    /// <summary>The folder of the run.</summary>
    public RunFolder Folder { get; }

    /// <summary>The experiment.</summary>
    public Experiment Experiment { get; }

    /// <summary>Vector steps done.</summary>
    public long Step => State.Step;

    /// <summary>Vector steps at the end: the experiment's, of whole iterations for an on-policy agent; those done, where they are more.</summary>
    public long TotalSteps => Math.Max(State.Step, RunLength.LastStep(Experiment));

    private bool IsDone => TrainingPlan.IsDone(Experiment.Schedule.NumTrainSteps, State);

    /// <summary>Vector steps that an on-policy iteration in progress has sampled; they are not in <see cref="Step"/> yet.</summary>
    internal long StepsUnderway => _trainer.StepsUnderway;

    /// <summary>The newest evaluation, or null. After a resumption the newest of the log, without its episodes, until the next
    /// one.</summary>
    public EvaluationResult? LastEvaluation { get; private set; }

    /// <summary>Receives a message when a step of the environments has not returned for a minute, or a part of a data-parallel
    /// update of an off-policy agent for a minute after others did, and for a hundred times as long as they took. Raised on
    /// another thread: the thread that trains waits, and only the end of the process ends it.</summary>
    public event Action<string>? Stalled;

    private LoopState State => _trainer.State;

    private Throughput Speed => _trainer.Speed;

    /// <summary>Counters that differ between any two states to save.</summary>
    private long[] Counters => [.. State.Counters, _trainer.Learner.Updates];

    /// <summary>Whether the newest checkpoint has this state. The checkpoint of a run that was stopped during an
    /// evaluation does not: it lacks the evaluation.</summary>
    private bool IsSaved => Counters.AsSpan().SequenceEqual(_savedCounters);

    private TrainingPosition Position => new(State, _saved?.Info.Step ?? 0, IsSaved, _trainer.IsUnderway, _endsEarly);

    /// <summary>Trains until all steps are done or a stop is requested.</summary>
    /// <param name="publish">Receives the progress several times a second; null: none.</param>
    /// <param name="stop">Requests a stop after the current step; a checkpoint is saved.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="InvalidOperationException">It runs on another thread.</exception>
    /// <exception cref="MtrlException">A number of an update is not finite or a loss diverged (the newest checkpoint stays,
    /// <see cref="RunFolder.CrashFolder"/> has a bundle), or a disk failed.</exception>
    public TrainingEnd Run(Action<TrainingProgress>? publish = null, CancellationToken stop = default)
    {
        using var turn = _use.Begin();
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(stop, _crew?.StopAsked ?? CancellationToken.None);
        stop = asked.Token;
        VectorEnvironment?[] environments = [_trainer.Environments, _trainer.EvaluationEnvironments];
        _prepared = Speed.Total;

        // The parts of an on-policy update are a policy and a value function, of which one may take minutes longer.
        var parts = ChoicesModule.IsOnPolicy(Experiment.Choices) ? null : _trainer.Learner.Workers;
        using var watch = new StallWatch(
            [.. environments.OfType<VectorEnvironment>()], parts, StallLimit, Stall);
        if (_saved is null && State.Step == 0)
            _trainer.Begin();

        while (TrainingPlan.Next(_boundaries, Experiment.Schedule.NumTrainSteps, Position) is { IsEnd: false } piece)
        {
            try
            {
                Do(piece, publish, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                _logger.WriteConflicts(_trainer.Learner.TakeConflicts());
                SaveAtStop(publish, stop);
                return _tracking.Ended(TrainingEnd.Stopped);
            }
        }

        Publish(publish, TrainingPhase.Finished, force: true);
        return _tracking.Ended(IsDone ? TrainingEnd.Finished : TrainingEnd.EndedEarly);
    }

    /// <summary>Saves where that was not done; a callback may end by the cancellation that stops the run.</summary>
    private void SaveAtStop(Action<TrainingProgress>? publish, CancellationToken stop)
    {
        try
        {
            if (!IsSaved)
                Save(publish, stop);
        }
        catch (OperationCanceledException) when (IsSaved)
        {
            // The checkpoint is on the disk.
        }
    }

    /// <summary>As <see cref="Run"/>, on a thread of its own.</summary>
    /// <param name="progress">Receives the progress several times a second; null: none.</param>
    /// <param name="stop">Requests a stop after the current step; a checkpoint is saved, and the result is
    /// <see cref="TrainingEnd.Stopped"/>.</param>
    /// <returns>How it ended. The run is disposed after it.</returns>
    /// <exception cref="MtrlException">As <see cref="Run"/>.</exception>
    public Task<TrainingEnd> RunAsync(IProgress<TrainingProgress>? progress = null, CancellationToken stop = default) =>
        Task.Factory.StartNew(
            () => Run(progress is null ? null : progress.Report, stop),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The run trains: on another thread, or this is called by one of its callbacks.</exception>
    /// <exception cref="MtrlException">The disposal of an environment failed; the folder is free and all else is disposed.</exception>
    public void Dispose()
    {
        if (_use.IsUsed)
            throw new InvalidOperationException(
                $"{Folder.Path} trains. Request a stop by the token of {nameof(Run)}, and dispose the run when {nameof(Run)} has returned.");
        if (!_use.End())
            return;
        using (_lock)
        using (_trainer)
        using (_logs)
            _tracking.Dispose();
    }

    /// <summary>On the thread that watches, which an exception would end with the whole process.</summary>
    private void Stall(string why)
    {
        try
        {
            Stalled?.Invoke(why);
        }
        catch (Exception e)
        {
            _stallFailure = e;
        }
    }

    /// <summary>The name of the training task at each index of the networks.</summary>
    private static string?[] NetworkPlaces(Experiment experiment, IReadOnlyList<string> names)
    {
        var named = new string?[NetworkTasks.Count(experiment)];
        foreach (var (index, name) in NetworkTasks.Trained(experiment).Zip(names))
            named[index] = name;
        return named;
    }

    private void Do(TrainingPiece piece, Action<TrainingProgress>? publish, CancellationToken stop)
    {
        if (piece.IsTrain)
            Train(publish, stop);
        else if (piece.IsLog)
            WriteTraining();
        else if (piece.IsEvaluate)
            Evaluate(publish, stop);
        else
            Save(publish, stop);
    }

    private void Train(Action<TrainingProgress>? publish, CancellationToken stop)
    {
        void Pulse() => Publish(publish, TrainingPhase.Training, force: false);
        stop.ThrowIfCancellationRequested();
        if (_stallFailure is { } failure)
            throw new MtrlException($"{Folder.Path}: a handler of {nameof(Stalled)} failed: {failure.Message}", ExitCode.Stopped, failure);
        _trainer.Advance(Pulse, stop);
        _logger.WriteConflicts(_trainer.Learner.TakeConflicts());
        Pulse();
    }

    private void WriteTraining()
    {
        var processor = Environment.CpuUsage.TotalTime;
        _logger.WriteTraining(
            State.Step,
            RunMetrics.OfTraining(
                State.Episodes, State.Step, Speed.Seconds - _intervalStarted,
                (processor - _processorStarted).TotalSeconds, State.Means, State.Interval));
        _trainer.State = LoopStateModule.StartInterval(State);
        _intervalStarted = Speed.Seconds;
        _processorStarted = processor;
    }

    private void Evaluate(Action<TrainingProgress>? publish, CancellationToken stop)
    {
        Publish(publish, TrainingPhase.Evaluating, force: true);
        var started = Speed.Seconds;
        EvaluationResult evaluation;
        _evaluating.Start();
        try
        {
            evaluation = _trainer.Evaluate(stop);
        }
        finally
        {
            _evaluating.Stop();
        }

        LastEvaluation = evaluation.Divided(Experiment);
        _evaluations++;
        _trainer.State = LoopStateModule.Evaluated(State);
        _logger.Write(LastEvaluation, State.Episodes);
        Ask(nameof(Callbacks.OnEvaluation), _callbacks.OnEvaluation, stop);

        // The duration of a training interval excludes evaluations.
        _intervalStarted += Speed.Seconds - started;
    }

    private void Ask(string name, Func<RunMoment, RunDecision>? callback, CancellationToken stop)
    {
        if (callback is null)
            return;
        var policy = new Lazy<Policy>(() =>
        {
            Policy.RequireActions(Folder.Path, Experiment);
            return Policy.Of(
                Folder.Path, _trainer.EvaluatedLearner, owned: null, _trainer.EvaluationEnvironments ?? _trainer.Environments,
                _trainer.EvaluationEnvironments?.TaskNames ?? _trainer.Names, Experiment, State.Step);
        });
        var moment = new RunMoment(this, policy);
        try
        {
            var where = $"{Folder.Path}, step {Text.Count(State.Step)}";
            var decision = OwnParts.Call($"Callbacks.{name}", where, () => callback(moment), stop);
            _endsEarly |= Enum.IsDefined(decision)
                ? decision == RunDecision.Stop
                : throw new MtrlException(
                    $"{where}: Callbacks.{name} returned {decision}; valid are {string.Join(", ", Enum.GetNames<RunDecision>())}.",
                    ExitCode.Stopped);
        }
        finally
        {
            moment.End();
            if (policy.IsValueCreated)
                policy.Value.Dispose();
        }
    }

    private void Save(Action<TrainingProgress>? publish, CancellationToken stop)
    {
        Publish(publish, TrainingPhase.Saving, force: true);

        // A checkpoint in a folder without a configuration could not be resumed.
        if (!_home.Exists)
            throw new MtrlException(
                $"{Folder.Path}: its {Path.GetFileName(Folder.ConfigFile)} is no longer there: the folder was moved or removed while the run trained. "
                + $"A moved run goes on from its newest checkpoint with {Shell.Command(["mtrl", "resume"])} FOLDER.",
                ExitCode.Stopped);
        _saved = RunState.Save(_home, _logs, _trainer, _saved);
        _savedCounters = Counters;
        Ask(nameof(Callbacks.OnCheckpoint), _callbacks.OnCheckpoint, stop);
    }

    private void Publish(Action<TrainingProgress>? publish, TrainingPhase phase, bool force)
    {
        if (publish is null || (!force && !Speed.Elapsed(PublishEvery)))
            return;
        var last = TotalSteps;
        publish(new TrainingProgress
        {
            Phase = phase == TrainingPhase.Training && _trainer.IsWarmingUp ? TrainingPhase.Warmup : phase,
            Step = State.Step + _trainer.StepsUnderway,
            TotalSteps = last,
            Episode = State.Episodes,
            Environments = _trainer.Names.Count,
            EnvStepsPerSecond = Speed.StepsPerSecond,
            UpdatesPerSecond = Speed.UpdatesPerSecond,
            Elapsed = Speed.Total,
            Stepping = Speed.Total - _prepared - _evaluating.Elapsed,
            EvaluationsAhead = _evaluations == 0
                ? TimeSpan.Zero
                : _evaluating.Elapsed / _evaluations * RecurrenceModule.Ahead(State.Step, last, _boundaries.Evaluate),
            FirstStep = _firstStep,
            Losses = _trainer.Losses,
            Tasks = _trainer.TaskProgress,
            LastEvaluation = LastEvaluation,
            Aggregates = [.. Experiment.Logging.Aggregates],
            Lines = _logger.TakeLines(),
        });
    }
}
