using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Sampling;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The learner of an on-policy agent: episodes of an iteration, and the policies that play the next ones.</summary>
internal sealed class OnPolicyLearner : AgentLearner<EpisodeSample>, IExploringPolicy
{
    private readonly RememberedRows _evaluated;

    /// <summary>A learner before its first update; the threads of its updates are disposed with it.</summary>
    internal OnPolicyLearner(
        Experiment experiment, AnyAgent.OnPolicy agent, TensorOptions options, DataParallel? workers)
        : base(
            () => LearnerModule.Start(experiment, agent.agent, SampleForm.Episodes, options), experiment.Environment.NumEnvs, workers)
    {
        NoiseCorrelation = AlgorithmKeysModule.OnPolicy(experiment.Agent.Algorithm).NoiseCorrelation;
        _evaluated = new RememberedRows((memory, rows) => State.StepMemory(memory, rows), Agent.MemorySize);
    }

    public int NoiseSize => Agent.NoiseSize;

    public double NoiseCorrelation { get; }

    /// <summary>Iterations that earlier policies play before the newest one does.</summary>
    internal int Lag => State.BehaviourPolicies.Length;

    /// <summary>The policies of the coming iterations in order, the newest one last: one more than the lag. Each returns
    /// exploratory actions in main memory, not clipped, and stays valid during the next updates, as many as the lag.</summary>
    internal IReadOnlyList<Player> BehaviourPolicies
    {
        get
        {
            // An earlier policy has another name in the whole state than in its own.
            var fault = OptionModule.ToObj(FaultyUpdateModule.InState(State));
            return [.. State.BehaviourPolicies.Append(State).Select(player => PlayedBy(player, fault))];
        }
    }

    /// <inheritdoc/>
    /// <remarks>A memory follows the observations from call to call, with the same rows in each; observations mark where it
    /// is empty.</remarks>
    public override void ActGreedily(ObservationRows observations, Span<float> actions) =>
        Act((batch, rows) => State.ActGreedily(Input(batch, rows)), observations, actions);

    /// <inheritdoc/>
    /// <remarks>As <see cref="ActGreedily"/>.</remarks>
    public void Act(ObservationRows observations, bool[] explores, float[] noise, Span<float> actions)
    {
        var chosen = Array.ConvertAll(explores, isChosen => isChosen ? 1f : 0f);
        Act((batch, rows) =>
        {
            var input = Input(batch, rows);
            Tensor Numbers(float[] all, int size)
            {
                // 0 behind the last row.
                var own = new float[rows.shape[0] * rows.shape[1] * size];
                var from = all.AsSpan(batch * own.Length);
                from[..Math.Min(own.Length, from.Length)].CopyTo(own);
                return Placed(TensorMemory.FromFloats(own, [rows.shape[0], rows.shape[1], size]));
            }

            return torch.where(
                Scalars.IsPositive(Numbers(chosen, 1)), State.Act(input, Numbers(noise, NoiseSize)), State.ActGreedily(input));
        }, observations, actions);
    }

    private Tensor Input(int batch, Tensor rows) => Agent.MemorySize == 0 ? rows : _evaluated.After(batch, rows);

    /// <summary>Performs an update on the episodes of an iteration.</summary>
    /// <param name="step">Environment steps of each task before the iteration, for the record of conflicts.</param>
    /// <param name="episodes">In main memory.</param>
    /// <param name="progress">Completed fraction of the run, in [0, 1].</param>
    /// <param name="lag">
    /// Updates since the policy that played the episodes, at most the experiment's lag; null: the experiment's lag.
    /// </param>
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    internal Reading[] Update(long step, Episodes episodes, double progress, int? lag = null) =>
        Update(step, () => OnPolicyLoop.Update(step, OnPolicyLoop.Sample(progress, lag, episodes, Value), Value));

    public override void Dispose()
    {
        _evaluated.Dispose();
        base.Dispose();
    }

    /// <summary>The policies, with noise and without, that gradient steps adapt to the tasks of episodes in main memory; of an
    /// agent that adapts so.</summary>
    /// <returns>Policies with tensors of the current scope.</returns>
    internal (Player Exploring, Player Greedy) Adapted(Episodes episodes)
    {
        var adapted = OptionModule.ToObj(State.Adapt(OnPolicyLoop.Sample(0, null, episodes, Value)))!;
        return (
            PlayedBy(adapted, OptionModule.ToObj(FaultyUpdateModule.InState(adapted))),
            new Player((rows, _) => adapted.ActGreedily(Placed(rows)).cpu().to_type(ScalarType.Float32)));
    }

    // The fault is the first number of its parameters that is not finite; null: all numbers are finite.
    private Player PlayedBy(IAgentState<EpisodeSample> player, NonFinite? fault)
    {
        Tensor Act(Tensor rows, Tensor noise)
        {
            var action = OwnParts.Run(
                $"actions of iteration {Storage.Text.Count(Updates)}", () => player.Act(Placed(rows), Placed(noise)).cpu().to_type(ScalarType.Float32));
            return NonFiniteModule.SumsAreFinite([action]) ? action : throw Unplayable(fault);
        }

        return new Player(
            Act,
            Agent.MemorySize == 0
                ? null
                : () => new RememberedRows((memory, rows) => player.StepMemory(Placed(memory), Placed(rows)), Agent.MemorySize),
            player.Named);
    }

    /// <summary>The error of a policy with numbers that are not finite: environments would end each of its episodes as unstable,
    /// and nothing would be learned.</summary>
    private MtrlException Unplayable(NonFinite? fault)
    {
        var what = fault is null
            ? "an action of the policy is not finite"
            : $"{NonFiniteModule.Describe(fault)} before the update";
        return new MtrlException($"iteration {Storage.Text.Count(Updates)}: {what}; training stopped.", ExitCode.Stopped);
    }
}
