using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using MtrlFunctional.Sampling;
using MtrlFunctional.Statistics;

namespace MtrlFunctional.Training;

/// <summary>Samples whole episodes and updates on them once.</summary>
/// <remarks>
/// An iteration starts new episodes, determined by its number and by the policy that plays it, which is a part of the
/// learner's state until then. So only the learner and the counters are saved, and the success of tasks where that decides
/// what they are trained on, or their σ. Iterations that free-running actors played ahead are not saved: after a resume the
/// restored policy plays them.
/// </remarks>
internal sealed class OnPolicyTrainer : Trainer
{
    private const string RatesFile = "task_episodes.safetensors";
    private const string RememberedFile = "remembered_episodes.safetensors";

    private readonly EpisodeSampler _sampler;
    private readonly OnPolicyLearner _learner;
    private readonly Crew? _crew;
    private readonly int _tasks;
    private readonly Queue<SampledEpisodes> _played = new();
    private readonly AdaptedEvaluator? _evaluator;
    private TaskSuccess _success;
    private FreeRunningActors? _actors;
    private EvaluationResult? _newest;

    /// <summary>Builds all components; each process of a crew plays a share of the episodes.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory.</exception>
    internal OnPolicyTrainer(Experiment experiment, Checkpoint? checkpoint, Extensions extensions, Crew? crew = null)
        : base(experiment, checkpoint)
    {
        (_tasks, _crew, _success) = (experiment.Environment.NumEnvs, crew, TaskSuccessModule.Start(experiment));
        try
        {
            _sampler = new EpisodeSampler(experiment, Threads, extensions, crew);
            if (experiment.Behaviour.SeparateEvaluation)
            {
                EvaluationEnvironments = ExperimentEnvironments.Create(experiment, evaluate: true, Threads, extensions);
                _evaluator = AdaptedEvaluator.Of(experiment, Threads, () => extensions.Family(experiment, evaluate: true));
            }

            _learner = (OnPolicyLearner)Training.Learner.Create(experiment, _sampler.Spec, Threads, extensions);
            crew?.Prepare(experiment, Threads);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal override IReadOnlyList<string> Names => _sampler.TaskNames;

    internal override ILearner Learner => _learner;

    internal override VectorEnvironment Environments => _sampler.Environments;

    internal override void Advance(Action pulse, CancellationToken stop)
    {
        using var scope = torch.NewDisposeScope();
        var isAsynchronous = AlgorithmKeysModule.OnPolicy(Experiment.Agent.Algorithm).Asynchronous;
        var (sampled, update) = isAsynchronous ? UpdateOnPlayed(pulse, stop) : PlayAndUpdate(pulse, stop);
        foreach (var reading in update.Readings)
            Measure(reading.Metric, reading.Number);
        Speed.Updates(1);
        Measure("sampling_seconds", sampled.Seconds);
        Measure("update_seconds", update.Seconds);
        Measure("physics_share", sampled.PhysicsShare);
        if (sampled.Lag is { } lag)
            Measure("lag", lag);
        Count(sampled);
        State = LoopStateModule.Iterated(
            SamplingPlanModule.StepsOfTask(Experiment) - (sampled.StepsLeftOut / _tasks), sampled.UnstableSteps, State);
        if (State.Step < Experiment.Schedule.NumTrainSteps)
            _actors?.Publish(Newest());
    }

    internal override EvaluationResult? EvaluateAdapted(CancellationToken stop) =>
        _evaluator?.Run(_learner, Experiment.Schedule.NumEvalEpisodes, State.Step, stop);

    /// <inheritdoc/>
    /// <remarks>As garage does: over the episodes of the newest iteration, sampled before its update.</remarks>
    internal override EvaluationResult EvaluateInTraining(CancellationToken stop) =>
        (_newest ?? NewestEpisodes()) with { Step = State.Step };

    internal override void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        if (TaskSuccessModule.Rates(_success) is { IsEmpty: false } rates)
            writer.WriteTensors(RatesFile, rates.Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)));
        if (_success.Keys.RememberedSuccesses > 0)
            writer.WriteTensors(
                RememberedFile,
                RememberedEpisodesModule.Named(_success.Remembered).Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)));
    }

    internal override void Load(Checkpoint checkpoint)
    {
        if (TaskSuccessModule.Rates(_success) is { IsEmpty: false })
        {
            using var rates = checkpoint.OpenTensors(RatesFile);
            _success = TaskSuccessModule.WithRates(rates.ReadDoubles, _success);
        }

        if (_success.Keys.RememberedSuccesses > 0)
        {
            using var remembered = checkpoint.OpenTensors(RememberedFile);
            _success = TaskSuccessModule.WithEpisodes(
                name => remembered.Contains(name) ? remembered.ReadFloats(name) : null, _success);
        }

        _newest = NewestEpisodes();
    }

    public override void Dispose()
    {
        _actors?.Dispose();
        foreach (var sampled in _played)
            sampled.Dispose();
        _learner?.Dispose();
        _evaluator?.Dispose();
        EvaluationEnvironments?.Dispose();
        _sampler?.Dispose();
    }

    /// <summary>Whether the run learns from the iteration that many updates from now.</summary>
    private bool IsNeeded(int updates) =>
        updates == 0
        || State.Step + (updates * SamplingPlanModule.StepsOfTask(Experiment)) < Experiment.Schedule.NumTrainSteps;

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
            _played.Enqueue(Play(iteration + _played.Count, players[_played.Count], pulse, stop).Detached());

        var sampled = _played.Dequeue().Attached();
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

    private SamplingPlan Allot(SamplingPlan plan) => TaskSuccessModule.Allot(_success, plan);

    /// <summary>What the other processes need for their shares of an iteration.</summary>
    private byte[] OrderOf(long iteration, Player player) => _crew is null
        ? []
        : EpisodeServer.OrderOf(Allot(_sampler.PlanOf(iteration)).Played, _learner.Updates, player.Named!());

    /// <summary>Plays an iteration, of which the other processes play their shares.</summary>
    private SampledEpisodes Play(
        long iteration, Player player, Action pulse, CancellationToken stop, byte[]? order = null)
    {
        var steps = 0L;
        void Stepped(int count)
        {
            steps += count;
            StepsUnderway = steps / _tasks;
            Speed.Steps(count);
            pulse();
        }

        try
        {
            SampledEpisodes Rounds() => _sampler.SampleRounds(iteration, player, _learner, Allot, Stepped, stop);
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
        var done = State.Step / (double)Experiment.Schedule.NumTrainSteps;
        var episodes = TaskSuccessModule.WithRemembered(_success, sampled.Episodes);
        var readings = _learner.Update(State.Step, episodes, Math.Min(1, done), sampled.Lag);
        return (readings, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Updates on another thread while <paramref name="play"/> plays an iteration.</summary>
    private (Reading[] Readings, double Seconds) UpdateBeside(SampledEpisodes sampled, Func<SampledEpisodes> play)
    {
        var update = Task.Run(() => Update(sampled));
        try
        {
            _played.Enqueue(play().Detached());
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

    private EvaluationResult NewestEpisodes() => new(State.Step,
        [.. TaskProgress.Select(t => new TaskEvaluation(t.Name, t.SuccessEver, t.SuccessAtEnd, t.Return))]);

    /// <summary>
    /// Mean over the episodes of each task, then over tasks with equal weights. Success is NaN where a task
    /// defines none.
    /// </summary>
    private void Count(SampledEpisodes sampled)
    {
        var sums = new EpisodeSums[_tasks];
        foreach (var (task, total, ever, atEnd) in sampled.Results)
            sums[task] = EpisodeSumsModule.Add(sums[task], new EpisodeSums(1, total, Success(task, ever), Success(task, atEnd)));
        State = LoopStateModule.Finish(sums, State);

        EpisodeMeans[] means = [.. sums.Select(EpisodeSumsModule.Means)];
        State = LoopStateModule.Measure(
            RunMetrics.EpisodeReward, TaskAggregateModule.Over(TaskAggregate.Average, means.Select(m => m.Return)), State);
        _success = TaskSuccessModule.Observe(
            [.. means.Select(mean => mean.Ever)], sampled.First.Select(result => result.Ever), sampled.Episodes, _success);
        if (TaskSuccessModule.Allots(_success))
            for (var task = 0; task < _tasks; task++)
                Measure($"episodes{RunRecordModule.OfTask}{task}", sums[task].Episodes);

        _newest = new EvaluationResult(State.Step, [.. Names.Select((name, i) =>
            new TaskEvaluation(name, means[i].Ever, means[i].AtEnd, means[i].Return))]);

        double Success(int task, bool succeeded) =>
            !_sampler.DefinesSuccess(task) ? double.NaN : succeeded ? 1 : 0;
    }
}
