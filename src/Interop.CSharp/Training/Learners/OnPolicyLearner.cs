using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Environments;
using MtrlFunctional.Experiments;
using MtrlFunctional.Networks;
using MtrlFunctional.Processes;
using MtrlFunctional.Randomness;
using MtrlFunctional.Sampling;
using MtrlFunctional.Surgery;
using MtrlFunctional.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>Policies of tasks.</summary>
/// <param name="Exploring">With noise.</param>
/// <param name="Greedy">Without it.</param>
internal sealed record AdaptedPlayers(Player Exploring, Player Greedy);

/// <summary>
/// Holds the state of an on-policy agent and replaces it at each iteration. The computation is in the core
/// (<see cref="IAgent{TSample}"/>).
/// </summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class OnPolicyLearner : ILearner, IExploringPolicy
{
    // The fraction of the run and the lag are no tensors of the episodes, so they are stored beside them.
    private const string Progress = "progress";
    private const string Lag = "lag";

    private static readonly SampleAccess<EpisodeSample> _samples = new(
        sample =>
        [
            .. SampleTensors.OfEpisodes(sample.Episodes),
            Tuple.Create(Progress, TensorMemory.FromDoubles([sample.Progress], [])),
            .. sample.Lag is { Value: var lag } ? [Tuple.Create(Lag, TensorMemory.FromLongs([lag], []))] : Array.Empty<Tuple<string, Tensor>>(),
        ],
        (_, _) => null);

    private readonly AgentDescription _agent;
    private readonly Key _draws;
    private readonly int _tasks;
    private readonly LearnerState<EpisodeSample> _state;
    private readonly RememberedRows _evaluated;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Threads of the data-parallel update, disposed with it; null: none.</param>
    internal OnPolicyLearner(
        Experiment experiment, AnyAgent.OnPolicy agent, TensorOptions options, DataParallel? workers)
    {
        (_agent, _tasks) = (agent.Description, experiment.Environment.NumEnvs);
        NoiseCorrelation = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm).NoiseCorrelation;
        _draws = KeyModule.ForPurpose("update", KeyModule.OfSeed(experiment.Setup.SeedRef));
        _state = new LearnerState<EpisodeSample>(experiment, agent.agent, options, workers, _samples);
        _evaluated = new RememberedRows((memory, rows) => _state.Value.Remember(memory, rows), _agent.MemorySize);
    }

    /// <inheritdoc/>
    public long Updates => _state.Updates;

    /// <inheritdoc/>
    public DataParallel? Workers => _state.Workers;

    /// <inheritdoc/>
    public int NoiseSize => _agent.NoiseSize;

    /// <inheritdoc/>
    public double NoiseCorrelation { get; }

    /// <summary>
    /// The policies of the coming iterations in order, the newest one last: one more than the lag. Each returns exploratory
    /// actions in main memory, not clipped, and stays valid during the next updates, as many as the lag.
    /// </summary>
    internal IReadOnlyList<Player> Players
    {
        get
        {
            // An earlier policy has another name in the whole state than in its own.
            var fault = FaultSearch<EpisodeSample>.FindIn(_state.Value);
            return [.. _state.Value.Players.Append(_state.Value).Select(player => PlayedBy(player, fault))];
        }
    }

    /// <inheritdoc/>
    /// <remarks>A memory follows the observations from call to call, with the same rows in each; observations mark where it
    /// is empty.</remarks>
    public void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act(observations, actions, (_, input) => _state.Value.ActGreedily(input));

    /// <inheritdoc/>
    /// <remarks>As <see cref="ActGreedily"/>.</remarks>
    public void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> actions)
    {
        var chosen = Array.ConvertAll(explores, isChosen => isChosen ? 1f : 0f);
        Act(observations, actions, (batch, input) =>
        {
            var isNoisy = Scalars.IsPositive(Batch(chosen, batch, 1));
            return torch.where(isNoisy, _state.Value.Act(input, Batch(noise, batch, NoiseSize)), _state.Value.ActGreedily(input));
        });
    }

    /// <summary>The numbers of the rows of a batch, [groups; rows; size]; 0 behind the last.</summary>
    private Tensor Batch(float[] numbers, int batch, int size)
    {
        var rows = new float[_tasks * size];
        var from = numbers.AsSpan(batch * rows.Length);
        from[..Math.Min(rows.Length, from.Length)].CopyTo(rows);
        return Placed(TensorMemory.FromFloats(rows, [_agent.Groups, _tasks / _agent.Groups, size]));
    }

    /// <summary>
    /// Acts on batches of as many rows as there are trained tasks, counted from 0, by the policy's inputs.
    /// </summary>
    private void Act(ObservationRows observations, Span<float> actions, Func<int, Tensor, Tensor> act)
    {
        var next = 0;
        Tensor Input(int batch, Tensor rows) => _agent.MemorySize == 0 ? rows : _evaluated.After(batch, rows);
        PolicyInference.Act(
            rows =>
            {
                var batch = next++;
                return act(batch, Input(batch, Placed(rows)));
            },
            [_agent.Groups, _tasks / _agent.Groups, _agent.ObsSize], _agent.ActionSize, observations, actions);
    }

    /// <inheritdoc/>
    public FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation) =>
        PolicyRows.Of(_state.Value.RowLayers(), _agent.ObsSize, observation, places: null);

    /// <summary>Performs an update on the episodes of an iteration.</summary>
    /// <param name="step">Environment steps of each task before the iteration, for the record of conflicts.</param>
    /// <param name="episodes">In main memory.</param>
    /// <param name="progress">Completed fraction of the run, in [0, 1].</param>
    /// <param name="lag">
    /// Updates since the policy that played the episodes, at most the experiment's lag; null: the experiment's lag.
    /// </param>
    /// <returns>The measured metrics.</returns>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal Reading[] Update(long step, Episodes episodes, double progress, int? lag = null)
    {
        using var scope = torch.NewDisposeScope();

        // Bounds of σ hide an infinite σ from the update. A pass over the state takes no time beside an iteration.
        var isSuspect = !NonFiniteModule.SumsAreFinite(_state.Value.Owns);
        return _state.Advance(Sample(episodes, progress, lag), step, $"iteration {Updates:N0}", isSuspect);
    }

    /// <inheritdoc cref="LearnerState{TSample}.HoldStd"/>
    internal void HoldStd(double[] least)
    {
        using var scope = torch.NewDisposeScope();
        _state.HoldStd(least);
    }

    /// <inheritdoc/>
    public bool Restrict(FSharpFunc<string, FSharpOption<Tensor>?> mask)
    {
        using var scope = torch.NewDisposeScope();
        return _state.Restrict(mask);
    }

    /// <inheritdoc/>
    public CrashReports? Crashes { set => _state.Crashes = value; }

    /// <inheritdoc/>
    public IEnumerable<Tuple<string, Tensor>> Preview(IReadOnlyDictionary<string, Tensor> sample) =>
        _state.Preview(
            Sample(
                SampleTensors.ToEpisodes(sample), sample[Progress].ToNumber(),
                sample.TryGetValue(Lag, out var lag) ? checked((int)lag.ToLongs()[0]) : null));

    private EpisodeSample Sample(Episodes episodes, double progress, int? lag = null) => new(
        KeyModule.At(Updates, _draws),
        progress,
        lag is { } updates ? FSharpOption<int>.Some(updates) : null,
        new Episodes(
            Placed(episodes.Obs), Placed(episodes.Action), Placed(episodes.Reward), Placed(episodes.LastObs),
            episodes.Lengths, episodes.Terminal, episodes.Restarts));

    /// <inheritdoc/>
    public IReadOnlyList<ConflictRecord> TakeConflicts() => _state.TakeConflicts();

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => _state.Value.Named();

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates) =>
        _state.Restore(find, updates);

    /// <inheritdoc/>
    public void Dispose()
    {
        _evaluated.Dispose();
        _state.Dispose();
    }

    /// <summary>The policies that gradient steps adapt to the tasks of episodes.</summary>
    /// <param name="episodes">The episodes before each step so far, in main memory.</param>
    /// <returns>Policies with tensors of the current scope; null: the agent does not adapt by episodes.</returns>
    internal AdaptedPlayers? Adapted(Episodes episodes)
    {
        if (OptionModule.ToObj(_state.Value.Adapt(Sample(episodes, progress: 0))) is not { } adapted)
            return null;
        return new AdaptedPlayers(
            PlayedBy(adapted, FaultSearch<EpisodeSample>.FindIn(adapted)),
            new Player((rows, _) => ((adapted.ActGreedily(Placed(rows))).cpu()).to_type(ScalarType.Float32)));
    }

    // The fault is the first number of its parameters that is not finite; null: all numbers are finite.
    private Player PlayedBy(IAgentState<EpisodeSample> player, NonFinite? fault)
    {
        Tensor Act(Tensor rows, Tensor noise)
        {
            var action = OwnParts.Run(
                $"actions of iteration {Updates:N0}", () => ((player.Act(Placed(rows), Placed(noise))).cpu()).to_type(ScalarType.Float32));
            return NonFiniteModule.SumsAreFinite([action]) ? action : throw Unplayable(fault);
        }

        PolicyTensors Tensors() => new(player.Named());
        return _agent.MemorySize == 0
            ? new Player(Act, Tensors: Tensors)
            : new Player(
                Act, () => new RememberedRows((memory, rows) => player.Remember(Placed(memory), Placed(rows)), _agent.MemorySize), Tensors);
    }

    /// <summary>
    /// The error of a policy with numbers that are not finite: environments would end each of its episodes as unstable,
    /// and nothing would be learned.
    /// </summary>
    private MtrlException Unplayable(NonFinite? fault)
    {
        var what = fault is null
            ? "an action of the policy is not finite"
            : $"{NonFiniteModule.Describe(fault)} before the update";
        return new MtrlException($"iteration {Updates:N0}: {what}; training stopped.", ExitCode.Stopped);
    }

    private Tensor Placed(Tensor x) => _state.Placed(x);
}
