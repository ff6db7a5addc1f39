using MtrlFunctional.Replay;

namespace MtrlFunctional.Training;

/// <summary>Steps environments, stores the transitions in a replay, and updates from it.</summary>
internal sealed class OffPolicyTrainer : Trainer
{
    private const string EnvironmentsFile = "environments.safetensors";

    private const string UnfinishedFile = "step.safetensors";

    private const string FramesName = "frames";

    private readonly OffPolicyLearner _learner;
    private readonly TransitionStore _store;
    private readonly string? _replayFolder;
    private readonly UpdateSchedule _schedule;
    private readonly Key _exploration;
    private readonly float[] _actions;
    private long _updates;
    private bool _isUnderway;

    /// <summary>Builds environments, replay and learner. Without the folder of a run, a replay on a disk lies in the folder that
    /// the experiment names.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory or space on the disk.</exception>
    internal OffPolicyTrainer(Experiment experiment, Checkpoint? checkpoint, Extensions extensions, string? folder = null)
        : base(experiment, checkpoint)
    {
        _replayFolder = ReplayFolder(experiment, folder);
        _schedule = new UpdateSchedule(experiment.Schedule.InitSteps, experiment.Schedule.UpdatesPerStep);
        _exploration = KeyModule.ForPurpose("explore", KeyModule.OfSeed(experiment.Setup.SeedRef));
        try
        {
            Environments = ExperimentEnvironments.Create(experiment, evaluate: false, Threads, extensions);
            int[] places = [.. NetworkTasks.Trained(experiment)];
            bool[] isStored = [.. Names.Select(name => !experiment.Schedule.EnvsToExclude.Contains(name))];
            _actions = new float[Environments.Count * Environments.ActionSize];
            if (experiment.Behaviour.SeparateEvaluation)
                EvaluationEnvironments = ExperimentEnvironments.Create(experiment, evaluate: true, Threads, extensions);
            var shape = new ReplayShape
            {
                Tasks = NetworkTasks.Count(experiment),
                Observation = ObservationLayout.Of(Environments.Spec),
                ActionWidth = Environments.ActionSize,
                Own = Environments.OwnSpecs?.Select(ReplayRow.Of).ToArray(),
                CapacityPerTask = Math.Max(1, experiment.ReplayBuffer.Capacity / Environments.Count),
                EpisodeLength = Environments.Spec.Horizon,
                IsCompressed = experiment.ReplayBuffer.Backing.IsCompressed,
                Stored = places.Where((_, i) => isStored[i]).ToHashSet(),
            };
            Replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint, _replayFolder)
                : new TaskReplay(shape, _replayFolder);
            _store = new TransitionStore(
                Environments, Replay, places, experiment.Environment.RewardNormalization, Rewards, isStored);
            _learner = (OffPolicyLearner)Training.Learner.Create(experiment, Environments.Spec, Threads, extensions);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The replay; the place of a task in it is its place in the networks.</summary>
    internal TaskReplay Replay { get; }

    internal override ILearner Learner => _learner;

    internal override VectorEnvironment Environments { get; }

    internal override bool IsWarmingUp => State.Step < Experiment.Schedule.InitSteps;

    internal override void Begin()
    {
        Environments.Reset();
        for (var i = 0; i < Environments.Count; i++)
            _store.Begin(i);
    }

    // A step of all environments: act, update from the replay, step, store.
    internal override void Advance(Action pulse, CancellationToken stop)
    {
        if (!_isUnderway)
            Choose(State.Step);
        _isUnderway = true;
        Learn(State.Step, pulse, stop);
        (_updates, _isUnderway) = (0, false);
        Environments.Step(_actions);
        var steps = new FSharpValueOption<(double Term, bool? Success)>[Environments.Count];
        for (var i = 0; i < steps.Length; i++)
            if (_store.Add(i, _actions) is { } normalized)
                steps[i] = FSharpValueOption<(double, bool?)>.NewValueSome((Term(Environments.Rewards[i], normalized), Environments.SuccessOf(i)));
        bool[] ended = [.. Enumerable.Range(0, steps.Length).Select(Environments.Ended)];
        Environments.ResetFinished();
        foreach (var i in Enumerable.Range(0, steps.Length).Where(i => ended[i]))
            _store.Begin(i);
        State = LoopStateModule.Stepped(steps, ended, State);
        Speed.Steps(Environments.Count);
    }

    internal override EvaluationResult EvaluateInTraining(CancellationToken stop)
    {
        var before = Environments.Save();
        var rewards = Rewards.ToArray();
        try
        {
            // In the original, rewards of an evaluation also update the reward statistics.
            var evaluation = Evaluator.Run(
                _learner, Environments, 1, State.Step, (task, reward) => Term(reward, _store.Normalized(task, reward)), stop);
            Environments.Restore(AfterEvaluation(before, Environments.Save()));
            return evaluation;
        }
        catch (OperationCanceledException)
        {
            Environments.Restore(before);
            rewards.CopyTo(Rewards, 0);
            throw;
        }
    }

    internal override long BytesToSave(Checkpoint? earlier) =>
        Experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(Replay, earlier) : 0;

    internal override void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        var state = Environments.Save();
        writer.WriteTensors(
            EnvironmentsFile,
            [
                .. state.Numbers.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
                .. state.Counters.Select(named => SafetensorsEntry.Of(named.Key, named.Value)),
                .. state.Frames is { } frames ? [SafetensorsEntry.Of(FramesName, frames)] : Array.Empty<SafetensorsEntry>(),
            ]);
        if (Experiment.Schedule.SaveBuffer)
            ReplayStore.Save(Replay, writer, earlier);

        // Updates and actions of a step that was stopped between two updates.
        if (_isUnderway)
            writer.WriteTensors(
                UnfinishedFile, [SafetensorsEntry.Of("updates", [_updates]), SafetensorsEntry.Of("actions", _actions)]);
    }

    internal override void Load(Checkpoint checkpoint)
    {
        using (var environments = checkpoint.OpenTensors(EnvironmentsFile))
            Environments.Restore(new EnvironmentState(
                environments.Tensors.Where(t => t.Type == SafetensorsType.F64)
                    .ToDictionary(t => t.Name, t => environments.ReadDoubles(t.Name)),
                environments.Tensors.Where(t => t.Type == SafetensorsType.I64)
                    .ToDictionary(t => t.Name, t => environments.ReadLongs(t.Name)))
            {
                Frames = environments.Contains(FramesName) ? environments.Raw(FramesName) : null,
            });
        if (ReplayStore.IsIn(checkpoint))
        {
            if (checkpoint.Contains(UnfinishedFile))
                RestoreUnfinished(checkpoint);
            return;
        }

        // Without a saved replay, the running episodes are abandoned and new episodes begin.
        State = LoopStateModule.Abandon(State);
        Begin();
    }

    public override void Dispose()
    {
        _learner?.Dispose();
        Replay?.Dispose();
        if (_replayFolder is not null)
            DurableFile.TryDeleteFolder(_replayFolder);
        EvaluationEnvironments?.Dispose();
        Environments?.Dispose();
    }

    private void RestoreUnfinished(Checkpoint checkpoint)
    {
        using var unfinished = checkpoint.OpenTensors(UnfinishedFile);
        var (actions, updates) = (unfinished.ReadFloats("actions"), unfinished.ReadLongs("updates"));
        if (actions.Length != _actions.Length || updates is not [>= 0])
            throw new MtrlException($"{unfinished.Path}: is not of a step of {_actions.Length} numbers as actions.");
        actions.CopyTo(_actions, 0);
        (_updates, _isUnderway) = (updates[0], true);
    }

    private void Choose(long step)
    {
        var key = KeyModule.At(step, _exploration);
        if (UpdateScheduleModule.ActsRandomly(step, _schedule))
        {
            RandomActions.Fill(Environments.Spec.Action, key, _actions);
            Environments.ClearPadding(_actions);
        }
        else
            _learner.Explore(Environments.Rows, key, _actions);
    }

    private void Learn(long step, Action pulse, CancellationToken stop)
    {
        var updates = UpdateScheduleModule.UpdatesAt(step, Replay.Count, _schedule);
        while (_updates < updates)
        {
            if (_updates > 0)
                stop.ThrowIfCancellationRequested();
            foreach (var reading in _learner.Update(Replay, step))
                Measure(reading.Metric, reading.Number);
            _updates++;
            Speed.Updates(1);
            pulse();
        }
    }

    /// <summary>The term of a return.</summary>
    private double Term(double reward, double normalized) => Experiment.Behaviour.RawReturns ? reward : normalized;

    /// <summary>The folder of the files of the replay; null: main memory.</summary>
    private static string? ReplayFolder(Experiment experiment, string? folder)
    {
        if (!experiment.ReplayBuffer.Backing.IsFile)
            return null;
        var run = folder is null ? RunFolder.OfSeed(experiment.Setup.SaveDir, experiment.Setup.SeedRef) : new RunFolder(folder);
        Directory.CreateDirectory(run.ReplayFolder);
        return run.ReplayFolder;
    }

    /// <summary>The state of the environments after an evaluation in them, which began at the start of an episode, as in the
    /// original program: training continues with the observations from before the evaluation and the simulation states from after
    /// it.</summary>
    private static EnvironmentState AfterEvaluation(EnvironmentState before, EnvironmentState after)
    {
        var numbers = new Dictionary<string, double[]>(before.Numbers);
        var goals = (long[])before.Counters["goal"].Clone();
        for (var i = 0; i < goals.Length; i++)
        {
            if (after.Counters["unstable"][i] != 0)
                continue;
            foreach (var (name, array) in after.Numbers)
                if (name.StartsWith($"{i}/", StringComparison.Ordinal) && name.Split('/', 2)[1] is not ("observation" or "first_observation"))
                    numbers[name] = array;
            goals[i] = after.Counters["goal"][i];
        }

        return new EnvironmentState(numbers, new Dictionary<string, long[]>(before.Counters)
        {
            ["goal"] = goals,
            ["unstable_steps"] = after.Counters["unstable_steps"],
        })
        {
            Frames = before.Frames,
        };
    }
}
