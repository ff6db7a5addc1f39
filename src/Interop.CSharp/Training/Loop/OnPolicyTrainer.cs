using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using MtrlFunctional.Sampling;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Samples whole episodes and updates on them once.</summary>
/// <remarks>
/// An iteration starts new episodes, determined by its number and by the policy that plays it, which is a part of the
/// learner's state until then. So only the learner and the counters are saved, and the success of tasks where that decides
/// how many episodes each has, or its σ. Iterations that free-running actors played ahead are not saved: after a resume the
/// restored policy plays them.
/// </remarks>
internal sealed class OnPolicyTrainer : ITrainer
{
    private readonly Experiment _experiment;
    private readonly LoopProgress _progress;
    private readonly Throughput _speed;
    private readonly EpisodeSampler _sampler;
    private readonly OnPolicyLearner _learner;
    private readonly IterationPlayer _player;
    private readonly Crew? _crew;
    private readonly int _tasks;
    private readonly bool _isAsynchronous;
    private readonly Dictionary<string, double> _losses = [];
    private readonly IterationQueue _played = new();
    private readonly AdaptedEvaluator? _evaluator;
    private readonly TaskSuccess? _success;
    private FreeRunningActors? _actors;
    private EvaluationResult? _newest;

    /// <summary>Builds all components.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="checkpoint">The checkpoint to resume, which fixes the thread count; null: a new run.</param>
    /// <param name="progress">The run's counters and sums; updated.</param>
    /// <param name="speed">Counts steps and updates.</param>
    /// <param name="families">Creates the environments.</param>
    /// <param name="agents">Creates the agent.</param>
    /// <param name="crew">Processes that each play a share of the episodes; null: this one plays all.</param>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory.</exception>
    internal OnPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, LoopProgress progress, Throughput speed, FamilyOf families,
        AgentOf agents, Crew? crew = null)
    {
        (_experiment, _progress, _speed, _tasks, _crew) = (experiment, progress, speed, experiment.Environment.NumEnvs, crew);
        Threads = TrainingDevice.ThreadsOf(experiment, checkpoint);
        _isAsynchronous = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm).Asynchronous;
        _success = TaskSuccess.Of(experiment);
        _sampler = new EpisodeSampler(experiment, Threads, families, crew: crew);
        try
        {
            if (experiment.Behaviour.SeparateEvaluation)
                EvaluationEnvironments =
                    ExperimentEnvironments.Create(experiment, ExperimentEnvironments.Evaluate, Threads, families);
            _evaluator = experiment.Behaviour.SeparateEvaluation ? AdaptedEvaluator.Of(experiment, Threads, families) : null;
            _learner = (OnPolicyLearner)Training.Learner.Create(
                experiment, _sampler.Spec, Threads, agents);
            crew?.Prepare(experiment, Threads);
        }
        catch
        {
            _learner?.Dispose();
            _evaluator?.Dispose();
            EvaluationEnvironments?.Dispose();
            _sampler.Dispose();
            throw;
        }

        _player = new IterationPlayer(experiment, _sampler, _learner);
    }

    /// <inheritdoc/>
    public int Threads { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => _sampler.TaskNames;

    /// <inheritdoc/>
    public ILearner Learner => _learner;

    /// <inheritdoc/>
    public VectorEnvironment? EvaluationEnvironments { get; }

    /// <inheritdoc/>
    public VectorEnvironment Environments => _sampler.Environments;

    /// <inheritdoc/>
    public bool IsWarmingUp => false;

    /// <inheritdoc/>
    public long StepsUnderway { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Losses() => new Dictionary<string, double>(_losses);

    /// <inheritdoc/>
    public void Begin()
    {
        // Each iteration begins its own episodes.
    }

    /// <inheritdoc/>
    public void Advance(Action pulse, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        var (sampled, update) = _isAsynchronous ? UpdateOnPlayed(pulse, stop) : PlayAndUpdate(pulse, stop);
        foreach (var reading in update.Readings)
            Measure(reading.Metric, reading.Number);
        _speed.Updates(1);
        Measure("sampling_seconds", sampled.Seconds);
        Measure("update_seconds", update.Seconds);
        Measure("physics_share", sampled.PhysicsShare);
        if (sampled.Lag is { } lag)
            Measure("lag", lag);
        Count(sampled);
        if (_success?.LeastStd is { } least)
            _learner.FloorStd(least);
        _progress.UnstableSteps += sampled.UnstableSteps;
        _progress.Step += SamplingPlanModule.StepsOfTask(_experiment) - (sampled.StepsLeftOut / _tasks);
        if (_progress.Step < _experiment.Schedule.NumTrainSteps)
            _actors?.Publish(Newest());
    }

    /// <inheritdoc/>
    public EvaluationResult? EvaluateAdapted(int episodes, long step, CancellationToken stop) =>
        _evaluator?.Run(_learner, episodes, step, stop);

    /// <inheritdoc/>
    /// <remarks>As garage does: over the episodes of the newest iteration, sampled before its update.</remarks>
    public EvaluationResult EvaluateInTraining(long step, CancellationToken stop) =>
        _newest is { } newest ? newest with { Step = step } : new EvaluationResult(step, NewestEpisodes());

    /// <inheritdoc/>
    public long BytesToSave(Checkpoint? earlier) => 0;

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer, Checkpoint? earlier) => _success?.Save(writer);

    /// <inheritdoc/>
    public void Load(Checkpoint checkpoint)
    {
        _success?.Load(checkpoint);
        _newest = new EvaluationResult(_progress.Step, NewestEpisodes());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _actors?.Dispose();
        _played.Dispose();
        _learner.Dispose();
        _evaluator?.Dispose();
        EvaluationEnvironments?.Dispose();
        _sampler.Dispose();
    }

    /// <summary>Whether the run learns from the iteration that many updates from now.</summary>
    private bool IsNeeded(int updates) =>
        updates == 0
        || _progress.Step + (updates * SamplingPlanModule.StepsOfTask(_experiment)) < _experiment.Schedule.NumTrainSteps;

    /// <summary>
    /// Plays the iterations that are due before the update, then updates on the oldest one. With a lag, the newest policy
    /// plays a further iteration meanwhile. A stop in that one leaves it to the next call: the same policy plays it then.
    /// </summary>
    private (SampledEpisodes Sampled, (Reading[] Readings, double Seconds) Update) PlayAndUpdate(
        Action pulse, CancellationToken stop)
    {
        var players = _learner.BehaviourPolicies;
        var (iteration, lag) = (_learner.Updates, players.Count - 1);
        while (_played.Count < Math.Max(lag, 1) && IsNeeded(_played.Count))
            _played.Add(Play(iteration + _played.Count, players[_played.Count], pulse, stop));

        var sampled = _played.Take();
        if (lag == 0 || !IsNeeded(lag))
            return (sampled, Update(sampled));

        // An update replaces tensors of the policy.
        var order = OrderOf(iteration + lag, players[lag]);
        return (sampled, UpdateBeside(sampled, () => Play(iteration + lag, players[lag], pulse, stop, order)));
    }

    /// <summary>Updates on the oldest iteration that free-running actors have played.</summary>
    private (SampledEpisodes Sampled, (Reading[] Readings, double Seconds) Update) UpdateOnPlayed(
        Action pulse, CancellationToken stop)
    {
        _actors ??= new FreeRunningActors(Newest(), (iteration, player, end) => Play(iteration, player, () => { }, end));
        var sampled = _actors.Take(pulse, stop);
        return (sampled, Update(sampled));
    }

    /// <summary>The newest policy, which may play the iterations that the run needs, as many ahead as the lag.</summary>
    private PublishedPolicy Newest()
    {
        var players = _learner.BehaviourPolicies;
        var iterations = Enumerable.Range(0, players.Count).TakeWhile(IsNeeded).Count();
        return new PublishedPolicy(players[^1], _learner.Updates, _learner.Updates + iterations - 1);
    }

    private SamplingPlan Allot(SamplingPlan plan) => _success?.Allot(plan) ?? plan;

    /// <summary>What the other processes need for their shares of an iteration.</summary>
    private byte[] OrderOf(long iteration, Player player) => _crew is null
        ? []
        : EpisodeServer.OrderOf(Allot(_sampler.PlanOf(iteration)).Played, _learner.Updates, player.Tensors!());

    /// <summary>Plays an iteration, of which the other processes play their shares.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    private SampledEpisodes Play(
        long iteration, Player player, Action pulse, CancellationToken stop, byte[]? order = null)
    {
        var steps = 0L;
        void Stepped(int count)
        {
            steps += count;
            StepsUnderway = steps / _tasks;
            _speed.Steps(count);
            pulse();
        }

        try
        {
            SampledEpisodes Rounds() => _player.Play(iteration, player, Allot, Stepped, stop);
            return _crew is null ? Rounds() : _crew.Play(iteration, order ?? OrderOf(iteration, player), Rounds);
        }
        finally
        {
            StepsUnderway = 0;
        }
    }

    private (Reading[] Readings, double Seconds) Update(SampledEpisodes sampled)
    {
        var started = Stopwatch.GetTimestamp();
        var done = _progress.Step / (double)_experiment.Schedule.NumTrainSteps;
        var readings = _learner.Update(_progress.Step, sampled.Episodes, Math.Min(1, done), sampled.Lag);
        return (readings, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Updates on another thread while <paramref name="play"/> plays an iteration.</summary>
    private (Reading[] Readings, double Seconds) UpdateBeside(SampledEpisodes sampled, Func<SampledEpisodes> play)
    {
        var update = Task.Run(() => Update(sampled));
        try
        {
            _played.Add(play());
        }
        catch (OperationCanceledException)
        {
            // The next call plays it.
        }
        finally
        {
            // Waits without raising the update's exception, which is raised below.
            Task.WaitAny(update);
        }

        return update.GetAwaiter().GetResult();
    }

    private TaskEvaluation[] NewestEpisodes() =>
        [.. _progress.Tally.Progress(Names).Select(
            t => new TaskEvaluation(t.Name, t.SuccessEver, t.SuccessAtEnd, t.Return))];

    private void Measure(string name, double value)
    {
        _progress.Means.Add(name, value);
        _losses[name] = value;
    }

    /// <summary>
    /// Mean over the episodes of each task, then over tasks with equal weights. Success is NaN where a task
    /// defines none.
    /// </summary>
    private void Count(SampledEpisodes sampled)
    {
        var sums = new EpisodeSums[_tasks];
        foreach (var (task, total, ever, atEnd) in sampled.Results)
            sums[task] = EpisodeSumsModule.Add(sums[task], new EpisodeSums(1, total, Success(task, ever), Success(task, atEnd)));
        for (var task = 0; task < _tasks; task++)
            _progress.Tally.Finish(task, sums[task]);

        EpisodeMeans[] means = [.. sums.Select(EpisodeSumsModule.Means)];
        _progress.Means.Add(RunMetrics.EpisodeReward, TaskAggregateModule.Over(TaskAggregate.Average, means.Select(m => m.Return)));
        _success?.Observe([.. means.Select(mean => mean.Ever)]);
        if (_success is { Allots: true })
        {
            for (var task = 0; task < _tasks; task++)
                Measure($"episodes{RunRecordModule.OfTask}{task}", sums[task].Episodes);
        }

        _newest = new EvaluationResult(_progress.Step, [.. Names.Select((name, i) =>
            new TaskEvaluation(name, means[i].Ever, means[i].AtEnd, means[i].Return))]);

        double Success(int task, bool succeeded) =>
            !_sampler.DefinesSuccess(task) ? double.NaN : succeeded ? 1 : 0;
    }
}
