using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Tensors;
using MtrlFunctional.Environments;
using MtrlFunctional.Replay;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

namespace MtrlFunctional.Training;

/// <summary>
/// Holds the state of a soft actor-critic agent and swaps it at each update. All that is computed is
/// in the core (<see cref="Sac"/>); here live the memory of batches and the names of random draws.
/// </summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class SacLearner : ILearner
{
    private readonly SacAgent _agent;
    private readonly Place _place;
    private readonly DataParallel? _workers;
    private readonly Behaviour _behaviour;
    private readonly Key _draws;
    private readonly int _batchSize;
    private readonly int _width;
    private readonly HeldState<SacState> _state;

    private SacLearner(Experiment experiment, Place place, DataParallel? workers)
    {
        (_place, _workers, _batchSize, _width) =
            (place, workers, experiment.ReplayBuffer.BatchSize, MetaWorldEnvironment.ObservationSize);
        _behaviour = experiment.Behaviour;
        var precision = TrainingPlace.PrecisionOf(experiment.Setup);
        var config = SacSetup.OfExperiment(
            precision, TaskEmbeddings.Of(experiment), _width, MetaWorldEnvironment.ActionSize, experiment);
        _agent = SacAgentModule.create((IShards?)workers ?? Shards.serial(1), config);

        var key = KeyModule.OfSeed(experiment.Setup.SeedRef);
        _draws = KeyModule.ForPurpose("update", key);
        using var scope = Ops.Scope();
        _state = new HeldState<SacState>(
            SacStateModule.owns, SacStateModule.create(_agent, KeyModule.ForPurpose("networks", key), place));
    }

    /// <inheritdoc/>
    public long Updates { get; private set; }

    private int Tasks => _agent.Config.Tasks;

    private int Actions => _agent.Config.ActionSize;

    /// <summary>The task id stands in columns after the observation.</summary>
    private bool OneHot => _agent.Config.ObsSize > _width;

    /// <summary>A learner before its first update.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <exception cref="MtrlException">A GPU is asked for and there is none.</exception>
    internal static SacLearner Create(Experiment experiment, int threads)
    {
        var place = TrainingPlace.Of(experiment.Setup);
        return new SacLearner(experiment, place, TrainingPlace.Workers(place, threads));
    }

    /// <summary>Chooses an action in every task.</summary>
    /// <param name="observations">[T * W], task by task.</param>
    /// <param name="noise">Names the exploration noise; null: the action that the policy holds best.</param>
    /// <param name="actions">[T * A], filled; each in [−1, 1].</param>
    internal void Act(ReadOnlySpan<float> observations, Key? noise, Span<float> actions) =>
        PolicyRows.Act(
            rows => noise is { } key
                ? Sac.act(_agent, _state.Value, Placed(rows), Draw.normal(_place, key, [Tasks, 1, Actions]))
                : Sac.actGreedily(_agent, _state.Value, Placed(rows)),
            [Tasks, 1, _agent.Config.ObsSize], observations, actions);

    /// <inheritdoc/>
    public void ActGreedily(ReadOnlySpan<float> observations, Span<float> actions) => Act(observations, noise: null, actions);

    /// <summary>Draws a batch and learns from it.</summary>
    /// <param name="replay">Where from; not empty.</param>
    /// <param name="step">Environment steps of every task so far.</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number.</exception>
    internal Reading[] Update(TaskReplay replay, long step)
    {
        using var scope = Ops.Scope();
        var batch = Sample(replay, KeyModule.At(Updates, _draws), _behaviour.CountsUpdates ? Updates : step);
        var (next, metrics) = Sac.update(_agent, _state.Value, batch);
        var readings = MetricsModule.read(metrics);
        if (MetricsModule.diverged(readings) is { } loss)
            throw new MtrlException(
                $"update {Updates:N0} (step {step:N0}): {loss.Value.Metric} is {loss.Value.Number:G4}; training stopped. "
                + "Lower the learning rates (agent.optimizers.*) or check the rewards.", ExitCode.Stopped);

        _state.Replace(next);
        Updates++;
        return readings;
    }

    /// <inheritdoc/>
    public FSharpList<Tuple<string, Tensor>> Named() => SacNames.ToNamed(_agent, _state.Value);

    /// <inheritdoc/>
    public IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = SacNames.OfNamed(_agent, _place, find!);
        if (state.IsError)
            return [.. state.ErrorValue];
        _state.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state.Dispose();
        _workers?.Dispose();
    }

    private Batch Sample(TaskReplay replay, Key key, long step)
    {
        var rows = KeyModule.ForPurpose("rows", key);
        var draw = _behaviour.BalancedBatches
            ? replay.DrawBalanced(rows, Math.Max(1, _batchSize / Tasks), _behaviour.LinkedEpisodes)
            : replay.DrawUniform(rows, _batchSize, _behaviour.LinkedEpisodes);

        long[] flat = [Tasks, draw.Rows];
        Tensor Memory(params long[] shape) => Ops.Empty(shape, Numeric.Float32, Ops.Cpu);
        var obs = Memory(Tasks, draw.Rows, _agent.Config.ObsSize);
        var next = Memory(Tasks, draw.Rows, _agent.Config.ObsSize);
        var action = Memory(Tasks, draw.Rows, Actions);
        var (reward, terminal, weight) = (Memory(flat), Memory(flat), Memory(flat));
        replay.Fill(draw, BatchMemory.Over(obs, action, reward, next, terminal, weight, OneHot));

        Tensor Noise(string purpose) =>
            Draw.normal(_place, KeyModule.ForPurpose(purpose, key), [Tasks, draw.Rows, Actions]);
        return new Batch(
            Placed(obs), Placed(action), Placed(reward), Placed(next), Placed(terminal), Placed(weight),
            Noise("noise"), Noise("noise/next"), step);
    }

    private Tensor Placed(Tensor x) => Ops.To(Ops.ToType(x, _place.Numeric), _place.Device);
}
