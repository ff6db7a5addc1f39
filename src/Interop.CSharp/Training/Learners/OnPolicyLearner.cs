using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;
using MtrlFunctional.Processes;
using MtrlFunctional.Sampling;
using MtrlFunctional.Surgery;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Policies of tasks.</summary>
/// <param name="Exploring">With noise.</param>
/// <param name="Greedy">Without it.</param>
internal sealed record AdaptedPlayers(Player Exploring, Player Greedy);

/// <summary>The learner of an on-policy agent: episodes of an iteration, and the policies that play the next ones.</summary>
internal sealed class OnPolicyLearner : AgentLearner<EpisodeSample>, IExploringPolicy
{
    // The fraction of the run and the lag are no tensors of the episodes, so they are stored beside them.
    private const string Progress = "progress";
    private const string Lag = "lag";

    private readonly AgentDescription _agent;
    private readonly int _tasks;
    private readonly RememberedRows _evaluated;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="options">Element type and device of its tensors.</param>
    /// <param name="workers">Threads of the data-parallel update, disposed with it; null: none.</param>
    internal OnPolicyLearner(
        Experiment experiment, AnyAgent.OnPolicy agent, TensorOptions options, DataParallel? workers)
        : base(experiment, agent.agent, options, workers)
    {
        (_agent, _tasks) = (agent.Description, experiment.Environment.NumEnvs);
        NoiseCorrelation = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm).NoiseCorrelation;
        _evaluated = new RememberedRows((memory, rows) => State.StepMemory(memory, rows), _agent.MemorySize);
    }

    /// <inheritdoc/>
    public int NoiseSize => _agent.NoiseSize;

    /// <inheritdoc/>
    public double NoiseCorrelation { get; }

    /// <summary>
    /// The policies of the coming iterations in order, the newest one last: one more than the lag. Each returns exploratory
    /// actions in main memory, not clipped, and stays valid during the next updates, as many as the lag.
    /// </summary>
    internal IReadOnlyList<Player> BehaviourPolicies
    {
        get
        {
            // An earlier policy has another name in the whole state than in its own.
            var fault = FaultSearch<EpisodeSample>.FindIn(State);
            return [.. State.BehaviourPolicies.Append(State).Select(player => PlayedBy(player, fault))];
        }
    }

    /// <inheritdoc/>
    /// <remarks>A memory follows the observations from call to call, with the same rows in each; observations mark where it
    /// is empty.</remarks>
    public override void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act(observations, actions, (_, input) => State.ActGreedily(input));

    /// <inheritdoc/>
    /// <remarks>As <see cref="ActGreedily"/>.</remarks>
    public void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> actions)
    {
        var chosen = Array.ConvertAll(explores, isChosen => isChosen ? 1f : 0f);
        Act(observations, actions, (batch, input) =>
        {
            var isNoisy = Scalars.IsPositive(Batch(chosen, batch, 1));
            return torch.where(isNoisy, State.Act(input, Batch(noise, batch, NoiseSize)), State.ActGreedily(input));
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
    public override FSharpResult<FSharpList<RowStep>, string> RowLayers(int observation) =>
        PolicyRows.Of(State.RowLayers(), _agent.ObsSize, observation, places: null);

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
        var isSuspect = !NonFiniteModule.SumsAreFinite(State.Owns);
        return Advance(Sample(episodes, progress, lag), step, $"iteration {Updates:N0}", isSuspect);
    }

    /// <summary>Raises the σ of each task's policy to a least one.</summary>
    /// <param name="least">[tasks].</param>
    /// <exception cref="InvalidOperationException">The agent has no σ of each task.</exception>
    internal void FloorStd(double[] least)
    {
        using var scope = torch.NewDisposeScope();
        Replace(OptionModule.ToObj(State.FloorStd(least)) ?? throw new InvalidOperationException("The agent has no σ of each task."));
    }

    private protected override IEnumerable<Tuple<string, Tensor>> NamedOf(EpisodeSample sample) =>
    [
        .. SampleTensors.OfEpisodes(sample.Episodes),
        Tuple.Create(Progress, TensorMemory.FromDoubles([sample.Progress], [])),
        .. sample.Lag is { Value: var lag } ? [Tuple.Create(Lag, TensorMemory.FromLongs([lag], []))] : Array.Empty<Tuple<string, Tensor>>(),
    ];

    private protected override EpisodeSample SampleOf(IReadOnlyDictionary<string, Tensor> bundle) => Sample(
        SampleTensors.ToEpisodes(bundle), bundle[Progress].ToNumber(),
        bundle.TryGetValue(Lag, out var lag) ? checked((int)lag.ToLongs()[0]) : null);

    private EpisodeSample Sample(Episodes episodes, double progress, int? lag = null) => new(
        Draws(),
        progress,
        lag is { } updates ? FSharpOption<int>.Some(updates) : null,
        new Episodes(
            Placed(episodes.Obs), Placed(episodes.Action), Placed(episodes.Reward), Placed(episodes.LastObs),
            episodes.Lengths, episodes.Terminal, episodes.Restarts));

    /// <inheritdoc/>
    public override void Dispose()
    {
        _evaluated.Dispose();
        base.Dispose();
    }

    /// <summary>The policies that gradient steps adapt to the tasks of episodes.</summary>
    /// <param name="episodes">The episodes before each step so far, in main memory.</param>
    /// <returns>Policies with tensors of the current scope; null: the agent does not adapt by episodes.</returns>
    internal AdaptedPlayers? Adapted(Episodes episodes)
    {
        if (OptionModule.ToObj(State.Adapt(Sample(episodes, progress: 0))) is not { } adapted)
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
                Act, () => new RememberedRows((memory, rows) => player.StepMemory(Placed(memory), Placed(rows)), _agent.MemorySize), Tensors);
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
}
