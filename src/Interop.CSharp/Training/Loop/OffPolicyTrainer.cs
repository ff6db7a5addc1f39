using MtrlFunctional.Processes;
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
    private readonly OffPolicySetup _setup;
    private FSharpOption<StepUnderway>? _underway;

    /// <summary>Builds environments, replay and learner. Without the folder of a run, a replay on a disk lies in the folder that
    /// the experiment names.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory or space on the disk.</exception>
    internal OffPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, Extensions extensions, string? folder = null, Crew? crew = null)
        : base(experiment, checkpoint, crew)
    {
        _replayFolder = ReplayFolder(experiment, folder, crew?.Rank ?? 0);
        try
        {
            Environments = ExperimentEnvironments.Create(experiment, evaluate: false, Threads, extensions);
            int[] indices = [.. NetworkTasks.Trained(experiment)];
            bool[] isStored = [.. Names.Select(name => !experiment.Schedule.EnvsToExclude.Contains(name))];
            if (crew is not null)
                Environments.ShareWith(crew);
            PrepareEvaluation(extensions);
            var shape = new ReplayShape
            {
                Tasks = NetworkTasks.Count(experiment),
                Spec = Environments.Spec,
                Own = Environments.OwnSpecs,
                CapacityPerTask = Math.Max(1, experiment.ReplayBuffer.Capacity / Environments.Count),
                IsCompressed = experiment.ReplayBuffer.Backing.IsCompressed,
                Stored = indices.Where((_, i) => isStored[i]).ToHashSet(),
            };
            Replay = checkpoint is not null && ReplayStore.IsIn(checkpoint)
                ? ReplayStore.Load(shape, checkpoint, _replayFolder)
                : new TaskReplay(shape, _replayFolder);
            _learner = (OffPolicyLearner)Training.Learner.Create(experiment, Environments.Spec, Threads, extensions, crew: crew);
            _store = new TransitionStore(
                Environments, Replay, indices, _learner, isStored,
                () => OffPolicyLoop.EndsAtTimeLimit(experiment, Environments.Spec.Horizon, State));
            _setup = OffPolicyLoop.Setup(
                experiment, _learner.Sampling, Environments.Spec, [.. Environments.Sizes.Select(size => size.ActionSize)]);
            if (crew is { Rank: 0 })
                crew.Prepare(experiment, Threads, folder ?? "", checkpoint?.Folder);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The replay, by indices of tasks in the networks.</summary>
    internal TaskReplay Replay { get; }

    internal override ILearner Learner => _learner;

    internal override VectorEnvironment Environments { get; }

    internal override bool IsWarmingUp => State.Step < Experiment.Schedule.InitSteps;

    internal override void Begin() => Lead(Piece.Begin, () =>
    {
        Environments.Reset();
        for (var i = 0; i < Environments.Count; i++)
            _store.Begin(i);
        return true;
    });

    internal override bool IsUnderway => _underway is not null;

    internal override void Advance(Action pulse, CancellationToken stop) => Lead(Piece.Advance, () =>
    {
        using var scope = torch.NewDisposeScope();
        var step = State.Step;
        var next = OwnParts.Run(
            OffPolicyLoop.Title(_learner.Value, State, _underway),
            () => OffPolicyLoop.Advance(_setup, _store, Replay, _learner.Value, State, _underway));
        if (OptionModule.ToNullable(next.Update) is { } update)
        {
            foreach (var reading in _learner.Accept(update, step))
                Show(reading.Metric, reading.Number);
            Speed.Updates(1);
        }

        (State, _underway) = (next.Loop, next.Underway);
        if (State.Step > step)
            Speed.Steps(Environments.Count);
        return true;
    });

    internal override EvaluationResult EvaluateInTraining(CancellationToken stop) => Lead(Piece.Evaluate, () =>
    {
        var before = Environments.Save();
        var rewards = State.Rewards.ToArray();
        double Term(int task, double reward)
        {
            (var normalized, rewards[task]) = RewardNormalizationModule.Normalize(
                Experiment.Environment.RewardNormalization, reward, rewards[task]);
            return OffPolicyLoop.Term(_setup, reward, normalized);
        }

        try
        {
            var evaluation = Evaluator.Run(_learner, Environments, 1, State.Step, Term, stop);
            Environments.Restore(AfterEvaluation(before, Environments.Save()));

            // In the original, rewards of an evaluation also update the reward statistics.
            State = LoopStateModule.WithRewards(rewards, State);
            return evaluation;
        }
        catch
        {
            // Stopped, here or at rank 0.
            Environments.Restore(before);
            throw;
        }
    });

    internal override long BytesToSave(Checkpoint? earlier) =>
        Experiment.Schedule.SaveBuffer ? ReplayStore.BytesToSave(Replay, earlier) : 0;

    internal override void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        var state = Lead(Piece.Save, SaveTogether)!;
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
        if (_underway is { Value: var step })
            writer.WriteTensors(
                UnfinishedFile, [SafetensorsEntry.Of("updates", [step.Updates]), SafetensorsEntry.Of("actions", step.Actions)]);
    }

    private protected override EnvironmentState? SaveTogether()
    {
        base.SaveTogether();
        return Environments.Save();
    }

    internal override void Load(Checkpoint checkpoint)
    {
        RestoreEnvironments(checkpoint);
        if (ReplayStore.IsIn(checkpoint))
        {
            if (checkpoint.Contains(UnfinishedFile))
                RestoreUnfinished(checkpoint);
            return;
        }

        // Without a saved replay, the running episodes are abandoned and new episodes begin, elsewhere by an order of rank 0.
        State = LoopStateModule.Abandon(State);
        if (Crew is not { Rank: > 0 })
            Begin();
    }

    public override void Dispose()
    {
        _learner?.Dispose();
        Replay?.Dispose();
        if (_replayFolder is not null)
            DurableFile.TryDeleteFolder(_replayFolder);
        base.Dispose();
        Environments?.Dispose();
    }

    private void RestoreEnvironments(Checkpoint checkpoint)
    {
        using var saved = checkpoint.OpenTensors(EnvironmentsFile);
        var state = new EnvironmentState(
            saved.Tensors.Where(t => t.Type == SafetensorsType.F64).ToDictionary(t => t.Name, t => saved.ReadDoubles(t.Name)),
            saved.Tensors.Where(t => t.Type == SafetensorsType.I64).ToDictionary(t => t.Name, t => saved.ReadLongs(t.Name)))
        {
            Frames = saved.Contains(FramesName) ? saved.Raw(FramesName) : null,
        };
        try
        {
            Environments.Restore(state);
        }
        catch (MtrlException e)
        {
            throw new MtrlException($"{saved.Path}: {e.Message}", inner: e);
        }
    }

    private void RestoreUnfinished(Checkpoint checkpoint)
    {
        using var unfinished = checkpoint.OpenTensors(UnfinishedFile);
        var (actions, updates) = (unfinished.ReadFloats("actions"), unfinished.ReadLongs("updates"));
        var size = Environments.Count * Environments.ActionSize;
        if (actions.Length != size || updates is not [>= 0])
            throw new MtrlException($"{unfinished.Path}: is not of a step of {size} numbers as actions.");
        _underway = FSharpOption<StepUnderway>.Some(new StepUnderway(actions, updates[0]));
    }

    /// <summary>The folder of the files of the replay; null: main memory.</summary>
    private static string? ReplayFolder(Experiment experiment, string? folder, int rank)
    {
        if (!experiment.ReplayBuffer.Backing.IsFile)
            return null;
        var run = folder is null ? RunFolder.Of(experiment) : new RunFolder(folder);
        var own = rank == 0 ? run.ReplayFolder : Path.Combine(run.ReplayFolder, $"rank-{rank}");
        Directory.CreateDirectory(own);
        return own;
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
