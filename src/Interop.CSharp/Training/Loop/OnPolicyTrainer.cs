using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using MtrlFunctional.Sampling;

namespace MtrlFunctional.Training;

/// <summary>Samples whole episodes and updates on them once.</summary>
/// <remarks>An iteration starts new episodes, determined by its number and by the policy that plays it, which is a part of the
/// learner's state until then. So only the learner and the counters are saved, and the success of tasks where that decides what
/// they are trained on, or their σ. Iterations that free-running actors played ahead are not saved: after a resume the restored
/// policy plays them.</remarks>
internal sealed class OnPolicyTrainer : Trainer
{
    private const string RatesFile = "task_episodes.safetensors";
    private const string RememberedFile = "remembered_episodes.safetensors";

    private readonly EpisodeSampler _sampler;
    private readonly OnPolicyLearner _learner;
    private readonly OnPolicySetup _setup;
    private readonly AdaptedEvaluator? _evaluator;
    private readonly bool _isAsynchronous;
    private OnPolicyProgress _progress;
    private FreeRunningActors? _actors;

    /// <summary>Builds all components; each process of a crew plays a share of the episodes.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, or too little memory.</exception>
    internal OnPolicyTrainer(
        Experiment experiment, Checkpoint? checkpoint, Extensions extensions, string folder = "", Crew? crew = null)
        : base(experiment, checkpoint, crew)
    {
        _isAsynchronous = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm).Asynchronous;
        _progress = OnPolicyLoop.Start(TaskSuccessModule.Start(experiment), State);
        try
        {
            _sampler = new EpisodeSampler(experiment, Threads, extensions, crew);
            PrepareEvaluation(extensions);
            if (experiment.Behaviour.SeparateEvaluation && crew is not { Rank: > 0 })
                _evaluator = AdaptedEvaluator.Of(experiment, Threads, () => extensions.Family(experiment, evaluate: true));

            _learner = (OnPolicyLearner)Training.Learner.Create(experiment, _sampler.Spec, Threads, extensions, crew: Sharing);
            _setup = OnPolicyLoop.Setup(experiment, _learner.Lag);
            if (crew is { Rank: 0 })
                crew.Prepare(experiment, Threads, folder, Sharing is null ? null : checkpoint?.Folder);
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

    internal override void Do(BinaryReader order)
    {
        if (Sharing is not null)
        {
            base.Do(order);
            return;
        }

        var piece = (Piece)order.ReadByte();
        ReadPolicy(order);
        if (piece == Piece.Evaluate)
            EvaluateApart(CancellationToken.None);
        else
            PlayShare(order);
    }

    internal override void Advance(Action pulse, CancellationToken stop) => Lead(Piece.Advance, () =>
    {
        using var scope = torch.NewDisposeScope();
        var players = new Players(this, pulse, stop);
        var step = State.Step;
        var next = OwnParts.Run(
            LearnerModule.Title(step, _learner.Value),
            () => OnPolicyLoop.Advance(_setup, players, _learner.Value, State, _progress));
        if (OptionModule.ToNullable(next.Update) is { } update)
        {
            _learner.Accept(update, step);
            Speed.Updates(1);
        }

        foreach (var reading in next.Readings)
            Show(reading.Metric, reading.Number);
        (State, _progress) = (next.Loop, next.Progress);
        if (State.Step > step && State.Step < Experiment.Schedule.NumTrainSteps)
            _actors?.Publish(Newest());
        return true;
    });

    private protected override EvaluationResult? EvaluateAdapted(CancellationToken stop) =>
        _evaluator?.Run(_learner, Experiment.Schedule.NumEvalEpisodes, State.Step, stop);

    /// <inheritdoc/>
    /// <remarks>As garage does: over the episodes of the newest iteration, sampled before its update.</remarks>
    internal override EvaluationResult EvaluateInTraining(CancellationToken stop) => new(
        State.Step,
        [.. Names.Zip(_progress.Newest, (name, means) => new TaskEvaluation(name, means.Ever, means.AtEnd, means.Return))]);

    internal override void Save(CheckpointWriter writer, Checkpoint? earlier)
    {
        Lead(Piece.Save, SaveTogether);
        var success = _progress.Success;
        if (TaskSuccessModule.Rates(success) is { IsEmpty: false } rates)
            writer.WriteTensors(RatesFile, rates.Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)));
        if (success.Keys.RememberedSuccesses > 0)
            writer.WriteTensors(
                RememberedFile,
                RememberedEpisodesModule.Named(success.Remembered).Select(named => SafetensorsEntry.Of(named.Item1, named.Item2)));
    }

    internal override void Load(Checkpoint checkpoint)
    {
        var success = _progress.Success;
        if (TaskSuccessModule.Rates(success) is { IsEmpty: false })
        {
            using var rates = checkpoint.OpenTensors(RatesFile);
            success = TaskSuccessModule.WithRates(rates.ReadDoubles, success);
        }

        if (success.Keys.RememberedSuccesses > 0)
        {
            using var remembered = checkpoint.OpenTensors(RememberedFile);
            success = TaskSuccessModule.WithEpisodes(
                name => remembered.Contains(name) ? remembered.ReadFloats(name) : null, success);
        }

        _progress = OnPolicyLoop.Start(success, State);
    }

    public override void Dispose()
    {
        _actors?.Dispose();
        foreach (IDisposable sampled in _progress.Played)
            sampled.Dispose();
        _learner?.Dispose();
        _evaluator?.Dispose();
        base.Dispose();
        _sampler?.Dispose();
    }

    /// <summary>Whether other processes play their shares by orders.</summary>
    private bool AreServed => Crew is not null && Sharing is null;

    /// <summary>The newest policy, which may play the iterations that the run needs, as many ahead as the lag.</summary>
    private PublishedPolicy Newest()
    {
        var iterations = OnPolicyLoop.Needed(_setup, _learner.Lag + 1, State);
        return new PublishedPolicy(_learner.BehaviourPolicies[^1], _learner.Updates, _learner.Updates + iterations - 1);
    }

    private protected override EvaluationResult LeadEvaluation(Func<EvaluationResult> evaluate) => AreServed
        ? Crew!.Together($"step {Text.Count(State.Step)}", order => WritePolicy(order, Piece.Evaluate, _learner.Named()), evaluate)
        : base.LeadEvaluation(evaluate);

    /// <summary>A piece with what the other processes need for it: the updates so far, and the tensors of a policy that its actions
    /// depend on.</summary>
    private void WritePolicy(BinaryWriter order, Piece piece, IEnumerable<Tuple<string, torch.Tensor>> named)
    {
        order.Write((byte)piece);
        order.Write(_learner.Updates);
        foreach (var (name, tensor) in named)
            if (OnPolicyStateModule.IsPlayed(name))
                order.Write(tensor.cpu().contiguous().bytes);
    }

    /// <summary>What the other processes need for their shares of an iteration: the policy, the number of the iteration, and the episodes
    /// of each group.</summary>
    private byte[] OrderOf(long iteration, Player player, TaskSuccess success) => !AreServed ? [] : Crew.Bytes(order =>
    {
        WritePolicy(order, Piece.Advance, player.Named!());
        order.Write(iteration);
        foreach (var number in TaskSuccessModule.Allot(success, _sampler.PlanOf(iteration)).Played)
            order.Write(number);
    });

    /// <summary>Takes the policy of an order of rank 0.</summary>
    private void ReadPolicy(BinaryReader order)
    {
        using var scope = torch.NewDisposeScope();
        var updates = order.ReadInt64();

        // States of one experiment have the same tensors.
        var policy = _learner.Named().ToDictionary(named => named.Item1, named => named.Item2);
        foreach (var name in policy.Keys.Where(OnPolicyStateModule.IsPlayed).ToArray())
        {
            policy[name] = torch.empty(policy[name].shape, policy[name].dtype, Libtorch.Cpu);
            order.BaseStream.ReadExactly(policy[name].bytes);
        }

        ((ILearner)_learner).RestoreOwn(policy.GetValueOrDefault, updates);
    }

    /// <summary>Plays the share of this process in an iteration by an order of rank 0.</summary>
    private void PlayShare(BinaryReader order)
    {
        using var scope = torch.NewDisposeScope();
        var iteration = order.ReadInt64();
        int[] played = [.. _sampler.PlanOf(iteration).Played.Select(_ => order.ReadInt32())];
        _sampler.SampleRounds(
            iteration, _learner.BehaviourPolicies[^1], _learner, plan => SamplingPlanModule.Allotted(played, plan), _ => { },
            CancellationToken.None);
    }

    /// <summary>Plays an iteration, of which the other processes play their shares by an order.</summary>
    private SampledEpisodes Play(
        long iteration, Player player, TaskSuccess success, byte[] order, Action pulse, CancellationToken stop)
    {
        var steps = 0L;
        void Stepped(int count)
        {
            steps += count;
            StepsUnderway = steps / Names.Count;
            Speed.Steps(count);
            pulse();
        }

        SampledEpisodes Rounds() => _sampler.SampleRounds(
            iteration, player, _learner, plan => TaskSuccessModule.Allot(success, plan), Stepped, stop, everywhere: Sharing is not null);
        try
        {
            return (AreServed ? Crew!.Together($"iteration {Text.Count(iteration)}", bytes => bytes.Write(order), Rounds) : Rounds()).Detached();
        }
        finally
        {
            StepsUnderway = 0;
        }
    }

    /// <summary>The players of a call of <see cref="Advance"/>.</summary>
    private sealed class Players(OnPolicyTrainer trainer, Action pulse, CancellationToken stop) : IPlayers
    {
        public SampledEpisodes Play(Turn turn, TaskSuccess success)
        {
            if (trainer._isAsynchronous)
                return Take();
            var player = trainer._learner.BehaviourPolicies[turn.Policy];
            return trainer.Play(turn.Iteration, player, success, trainer.OrderOf(turn.Iteration, player, success), pulse, stop);
        }

        public (TimedUpdate, FSharpValueOption<SampledEpisodes>) PlayBeside(
            Func<TimedUpdate> update, Turn turn, TaskSuccess success)
        {
            // An update replaces tensors of the policy.
            var player = trainer._learner.BehaviourPolicies[turn.Policy];
            var order = trainer.OrderOf(turn.Iteration, player, success);
            var updating = Task.Run(update);
            var played = FSharpValueOption<SampledEpisodes>.None;
            try
            {
                played = FSharpValueOption<SampledEpisodes>.NewValueSome(
                    trainer.Play(turn.Iteration, player, success, order, pulse, stop));
            }
            catch (OperationCanceledException)
            {
                // A later call plays it: by the same policy.
            }
            finally
            {
                // Waits without raising the update's exception, which is raised below.
                Task.WaitAny(updating);
            }

            return (updating.GetAwaiter().GetResult(), played);
        }

        /// <summary>The oldest iteration that free-running actors have played.</summary>
        private SampledEpisodes Take()
        {
            trainer._actors ??= new FreeRunningActors(
                trainer.Newest(),
                (iteration, player, end) => trainer.Play(iteration, player, trainer._progress.Success, [], () => { }, end));
            return trainer._actors.Take(pulse, stop);
        }
    }
}
