using MtrlFunctional.Processes;
using MtrlFunctional.Training;
using static TorchSharp.torch;

namespace MtrlFunctional.Sampling;

/// <summary>A policy: observations and standard normal noise to actions, [groups; rows; columns] each.</summary>
internal delegate Tensor Explore(Tensor observations, Tensor noise);

/// <summary>A policy that plays an iteration.</summary>
/// <param name="Act">Observations, or states of the memory after them, to actions.</param>
/// <param name="Memory">Makes an empty memory, which the caller disposes and whose states <paramref name="Act"/> takes; null: it takes
/// observations.</param>
/// <param name="Named">The tensors of its state by name, for other processes; null: it plays in this process only.</param>
internal sealed record Player(
    Explore Act, Func<RememberedRows>? Memory = null, Func<FSharpList<Tuple<string, Tensor>>>? Named = null);

/// <summary>Samples the episodes of an iteration in parallel, in a few batches with rows of all tasks. The policy acts for one
/// batch while the other batches step (<see cref="EpisodeScheduler"/>). A row is an episode; after a terminal state another one
/// follows in the same row, so that an iteration always has the same number of steps.</summary>
/// <remarks>An iteration depends on its number, the policy and the experiment only: not on threads or processes, and not on
/// earlier iterations. Not thread-safe; the caller disposes it.</remarks>
internal sealed class EpisodeSampler : IDisposable
{
    private readonly Experiment _experiment;
    private readonly VectorEnvironment _environments;
    private readonly Key _exploration;
    private readonly Key _instances;
    private readonly OnPolicyKeys _keys;
    private readonly int _tasks;
    private readonly int _taskColumns;
    private readonly int _threads;
    private readonly RewardNormalization _normalization;
    private readonly Crew? _crew;

    /// <summary>Creates the environments of training.</summary>
    /// <inheritdoc cref="EpisodeSampler(Experiment, int, IEnvironmentFamily, bool, Crew?)"/>
    internal EpisodeSampler(Experiment experiment, int threads, Extensions extensions, Crew? crew = null)
        : this(experiment, threads, extensions.Family(experiment, evaluate: false), evaluate: false, crew)
    {
    }

    /// <summary>Creates the environments of a family, which is disposed with the sampler. Processes of a crew each play a
    /// share; null: this one plays all.</summary>
    internal EpisodeSampler(Experiment experiment, int threads, IEnvironmentFamily family, bool evaluate = false, Crew? crew = null)
    {
        (_experiment, _threads, _crew) = (experiment, threads, crew);
        _taskColumns = Observed.TaskColumns(experiment);
        _normalization = experiment.Environment.RewardNormalization;
        _keys = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm);
        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        (_exploration, _instances) = (KeyModule.ForPurpose("explore", key), KeyModule.ForPurpose("instances", key));
        var copies = SamplingPlanModule.Copies(experiment.Environment.NumEnvs, PlanOf(0));
        _environments = ExperimentEnvironments.Create(experiment, evaluate, threads, family, copies);
        _tasks = _environments.Count / copies;
    }

    internal IReadOnlyList<string> TaskNames =>
        [.. _environments.TaskNames.Take(_tasks)];

    /// <summary>The environments; a slot of the largest plan each.</summary>
    internal VectorEnvironment Environments => _environments;

    internal EnvironmentSpec Spec => _environments.Spec;

    public void Dispose() => _environments.Dispose();

    /// <summary>Instances of each task, in order.</summary>
    internal int[] InstanceCounts => [.. Enumerable.Range(0, _tasks).Select(_environments.InstancesOf)];

    internal SamplingPlan PlanOf(long round) => SamplingPlanModule.OfExperiment(round, _experiment);

    /// <summary>Samples the rounds of an iteration, from 0: the first by a player, each other by the policies that the learner
    /// adapts to the rounds before. <c>everywhere</c>: each of several processes has all episodes.</summary>
    internal SampledEpisodes SampleRounds(
        long iteration, Player player, OnPolicyLearner learner, Func<SamplingPlan, SamplingPlan> allot, Action<int> stepped,
        CancellationToken stop, bool everywhere = false)
    {
        var count = SamplingPlanModule.Rounds(_experiment);
        List<SampledEpisodes> rounds = [];
        while (rounds.Count < count)
        {
            var number = (iteration * count) + rounds.Count;
            var by = rounds.Count == 0 ? player : learner.Adapted(SampledEpisodesModule.Together(rounds).Episodes).Exploring;
            rounds.Add(Sample(
                allot(PlanOf(number)), number, by, learner.NoiseSize, stepped, stop, everywhere || rounds.Count < count - 1));
        }

        return SampledEpisodesModule.Together(rounds);
    }

    /// <summary>Samples the episodes of a round of the experiment: of an iteration, if it has one.</summary>
    /// <inheritdoc cref="Sample(SamplingPlan, long, Player, int, Action{int}, CancellationToken, bool)"/>
    internal SampledEpisodes Sample(
        long iteration, Player player, int noiseSize, Action<int> stepped, CancellationToken stop) =>
        Sample(PlanOf(iteration), iteration, player, noiseSize, stepped, stop);

    /// <summary>Samples the episodes of a plan.</summary>
    /// <param name="plan">The plan, with at most as many episodes as the experiment has.</param>
    /// <param name="iteration">From 0; determines goals and noise.</param>
    /// <param name="player">The policy; called on any thread, never concurrently.</param>
    /// <param name="noiseSize">Standard normal numbers that one action takes.</param>
    /// <param name="stepped">Receives the number of environment steps taken since its previous call.</param>
    /// <param name="stop">Ends it early, without result; not with several processes, which all play to the end.</param>
    /// <param name="everywhere">Of several processes, each has all episodes; else only rank 0, and the others have their own.</param>
    /// <returns>Tensors of the current scope.</returns>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    internal SampledEpisodes Sample(
        SamplingPlan plan, long iteration, Player player, int noiseSize, Action<int> stepped, CancellationToken stop, bool everywhere = false)
    {
        var started = Stopwatch.GetTimestamp();
        using var memory = player.Memory?.Invoke();
        var run = new IterationRun(this, plan, iteration, player.Act, noiseSize, memory);
        var busy = run.Run(stepped, _crew is null ? stop : CancellationToken.None);
        _crew?.Exchange(run.WriteRows, rows => run.ReadRows(rows, stepped), everywhere);
        var elapsed = Stopwatch.GetTimestamp() - started;
        return new SampledEpisodes(
            run.Memory.ToEpisodes(),
            plan.Tasks,
            run.Played,
            run.UnstableSteps,
            run.StepsLeftOut,
            elapsed / (double)Stopwatch.Frequency,
            busy / ((double)elapsed * Math.Min(_threads, plan.Tasks.Length)),
            lag: null);
    }

    /// <summary>State of one iteration.</summary>
    private sealed class IterationRun
    {
        // Enough to keep threads busy during policy inference; more would make its batches small. Independent of
        // the number of threads, because batch sizes change the last bits of actions.
        private const int Batches = 4;

        private readonly EpisodeSampler _owner;
        private readonly SamplingPlan _plan;
        private readonly long _iteration;
        private readonly Explore _policy;
        private readonly RememberedRows? _memory;
        private readonly Tensor _noise;
        private readonly float[] _actions;
        private readonly int[] _episodeOf;
        private readonly int?[] _instanceOf;
        private readonly int[] _step;
        private readonly int?[] _end;
        private readonly RunningEpisode[] _running;
        private readonly List<RunningEpisode>[] _finished;
        private readonly bool[] _isOwn;
        private readonly bool[] _unstable;

        internal IterationRun(
            EpisodeSampler owner, SamplingPlan plan, long iteration, Explore policy, int noiseSize, RememberedRows? memory)
        {
            (_owner, _plan, _iteration, _policy, _memory) = (owner, plan, iteration, policy, memory);
            Memory = new EpisodeMemory(plan, owner.Spec, owner._taskColumns);
            _noise = Draw.Normal(
                TensorOptionsModule.Cpu,
                KeyModule.At(iteration, owner._exploration),
                [plan.Steps, plan.Groups, plan.Episodes, noiseSize]);
            double CorrelationOf(int episode) =>
                episode % 2 == 1 && owner._keys.SlowNoiseCorrelation is { Value: var slow } ? slow : owner._keys.NoiseCorrelation;
            CorrelatedNoise.Apply(
                [.. Enumerable.Range(0, plan.Groups * plan.Episodes * noiseSize).Select(i => CorrelationOf(i / noiseSize % plan.Episodes))],
                _noise.Span<float>());
            _actions = new float[Environments.Count * ActionSize];
            _step = new int[Environments.Count];
            _end = new int?[plan.Tasks.Length];
            _unstable = new bool[plan.Tasks.Length];
            _running = [.. plan.Tasks.Select(_ => RunningEpisodeModule.Start)];
            _finished = [.. plan.Tasks.Select(_ => new List<RunningEpisode>())];

            // What this process plays.
            var (ranks, own) = (owner._crew?.Size ?? 1, owner._crew?.Rank ?? 0);
            _isOwn = [.. EpisodeShares.Players(ranks, BatchCount, plan).Select(rank => rank == own)];

            // The episode of each slot; −1: unused.
            _episodeOf = new int[Environments.Count];
            Array.Fill(_episodeOf, -1);
            foreach (var episode in Own)
                _episodeOf[SlotOf(episode)] = episode;
            _instanceOf = new int?[Environments.Count];
            if (OptionModule.ToObj(SamplingPlanModule.Instances(owner._instances, owner.InstanceCounts, plan)) is { } instances)
                for (var episode = 0; episode < plan.Tasks.Length; episode++)
                    _instanceOf[SlotOf(episode)] = instances[episode / plan.Episodes];
        }

        internal EpisodeMemory Memory { get; }

        /// <summary>The episodes of each row.</summary>
        internal RunningEpisode[][] Played => [.. Enumerable.Range(0, _plan.Tasks.Length).Select(row =>
            !SamplingPlanModule.Plays(row, _plan) ? [] : _finished[row].Count > 0 ? _finished[row].ToArray() : [_running[row]])];

        internal int UnstableSteps => _unstable.Count(isUnstable => isUnstable);

        /// <summary>Steps of the plan behind the end of rows that ended after a success.</summary>
        internal long StepsLeftOut => _end.Sum(end => end is { } steps ? Math.Max(0, _plan.Steps - (long)steps) : 0);

        private VectorEnvironment Environments => _owner._environments;

        private IEnumerable<int> Own => Enumerable.Range(0, _plan.Tasks.Length).Where(row => _isOwn[row]);

        private int BatchCount => Math.Min(Batches, _plan.Episodes);

        private int ActionSize => Environments.ActionSize;

        /// <summary>Plays the rows of this process.</summary>
        /// <returns>Ticks spent in environment steps.</returns>
        internal long Run(Action<int> stepped, CancellationToken stop)
        {
            Environments.ResetTo(_iteration, _instanceOf, slot => _episodeOf[slot] >= 0);
            foreach (var episode in Own)
                WriteObservation(SlotOf(episode), 0, Environments.Observations);

            // Batch b holds episodes First(b) to First(b + 1) - 1 of every group. Actions of a batch are computed with all of its
            // rows whoever plays them, because the size of a batch changes their last bits.
            int First(int batch) => EpisodeShares.FirstOfBatch(BatchCount, batch, _plan);
            int Size(int batch) => First(batch + 1) - First(batch);
            bool HasOwn(int batch) => Own.Any(row => row % _plan.Episodes >= First(batch) && row % _plan.Episodes < First(batch + 1));
            int[] batches = [.. Enumerable.Range(0, BatchCount).Where(HasOwn)];
            var scheduler = new EpisodeScheduler(
                [.. batches.Select(batch => _plan.Groups * Size(batch))],
                _plan.Steps,
                (own, t) => Act(batches[own], First(batches[own]), Size(batches[own]), t),
                (own, index) => Step(
                    (index / Size(batches[own]) * _plan.Episodes) + First(batches[own]) + (index % Size(batches[own]))));
            scheduler.Open();

            // Only the caller's thread reports progress.
            var caller = System.Environment.CurrentManagedThreadId;
            void Report(int steps)
            {
                stepped(steps);
                if (stop.IsCancellationRequested)
                    scheduler.Stop();
            }

            Environments.OnAllThreads(
                () => scheduler.Work(System.Environment.CurrentManagedThreadId != caller ? null : Report));
            stop.ThrowIfCancellationRequested();
            stepped(scheduler.TakeStepped());
            foreach (var episode in Own)
                _unstable[episode] = Environments.Unstable[SlotOf(episode)];
            return scheduler.StepTicks;
        }

        internal void WriteRows(BinaryWriter rows)
        {
            int[] own = [.. Own];
            rows.Write(own.Length);
            foreach (var row in own)
            {
                rows.Write(row);
                rows.Write(_unstable[row]);
                rows.Write(_end[row] ?? -1);
                rows.Write(_finished[row].Count);
                foreach (var number in _finished[row].Append(_running[row]).SelectMany(RunningEpisodeModule.ToNumbers))
                    rows.Write(number);
                Memory.WriteRow(rows, row);
            }
        }

        internal void ReadRows(BinaryReader rows, Action<int> stepped)
        {
            for (var left = rows.ReadInt32(); left > 0; left--)
            {
                var row = rows.ReadInt32();
                _unstable[row] = rows.ReadBoolean();
                _end[row] = rows.ReadInt32() is >= 0 and var end ? end : null;
                RunningEpisode Read() => RunningEpisodeModule.OfNumbers(
                    [rows.ReadDouble(), rows.ReadDouble(), rows.ReadDouble(), rows.ReadDouble()]);
                for (var finished = rows.ReadInt32(); finished > 0; finished--)
                    _finished[row].Add(Read());
                _running[row] = Read();
                Memory.ReadRow(rows, row);
                stepped(Memory.Lengths[row]);
            }
        }

        /// <summary>Computes the actions of a batch: of episodes first … first + count − 1 of every group.</summary>
        private void Act(int batch, int first, int count, int t)
        {
            using var scope = torch.NewDisposeScope();
            if (get_num_threads() != 1)
                Libtorch.SetThreads(1);
            var noise = _noise.select(0, t).narrow(1, first, count).contiguous();
            var rows = Memory.Observations(first, count, t);
            var action = _policy(_memory?.After(batch, rows) ?? rows, noise);
            Memory.WriteActions(first, count, t, action);

            // Environments get actions clipped to ±1; the update uses the unclipped actions.
            var (chosen, size) = (action.ToFloats(), ActionSize);
            for (var group = 0; group < _plan.Groups; group++)
                for (var i = 0; i < count; i++)
                    for (var k = 0; k < size; k++)
                        _actions[(SlotOf((group * _plan.Episodes) + first + i) * size) + k] =
                            Math.Clamp(chosen[(((group * count) + i) * size) + k], -1f, 1f);
        }

        /// <returns>Whether it made a step.</returns>
        private bool Step(int episode)
        {
            var slot = SlotOf(episode);

            // Rows that are not played, and later steps of one whose physics failed or that ended after a success, are padding.
            if (_episodeOf[slot] < 0 || Environments.Ended(slot) || _step[slot] >= _end[episode])
                return false;
            Environments.StepAlone(slot, _actions.AsSpan(slot * ActionSize, ActionSize));
            if (Environments.Unstable[slot])
                return true;
            var step = _step[slot]++;
            var isTerminal = Environments.Terminated[slot];
            var reward = (float)RewardNormalizationModule.Scale(_owner._normalization, Environments.Rewards[slot]);
            Memory.WriteReward(episode, step, reward, isTerminal);
            _running[episode] = RunningEpisodeModule.Step(
                Environments.Rewards[slot], Environments.SuccessOf(slot), _running[episode]);
            if (_running[episode].Ever == 1)
                _end[episode] ??= step + 1 + _plan.AfterSuccess?.Value;
            if (isTerminal)
                _finished[episode].Add(_running[episode]);
            if (isTerminal && step + 1 < _plan.Steps)
                Restart(episode, slot, step + 1);
            else
                WriteObservation(slot, step + 1, Environments.NextObservations);
            return true;
        }

        /// <summary>Starts another episode of a row with a step.</summary>
        private void Restart(int episode, int slot, int step)
        {
            (_running[episode], _end[episode]) = (RunningEpisodeModule.Start, null);
            Memory.Restart(episode, step);

            // Numbers that no iteration has.
            Environments.ResetTo(slot, (1L << 40) + (_iteration * _plan.Steps) + step, _instanceOf[slot]);
            WriteObservation(slot, step, Environments.Observations);
        }

        private void WriteObservation(int slot, int step, ReadOnlySpan<float> observations) =>
            Memory.WriteObservation(
                _episodeOf[slot],
                step,
                observations.Slice(slot * Environments.ObservationSize, Environments.ObservationSize));

        /// <summary>Slots are ordered by the group's index among the groups of its task, by the episode's index in its group,
        /// then by task.</summary>
        private int SlotOf(int episode)
        {
            var (group, index) = Math.DivRem(episode, _plan.Episodes);
            return (((group / _owner._tasks * _plan.Episodes) + index) * _owner._tasks) + _plan.Tasks[episode];
        }
    }
}
