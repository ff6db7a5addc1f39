using Mtrl.Algorithms;
using Mtrl.Experiments;
using Mtrl.Random;
using Mtrl.Tensors;
using MtrlFunctional.Replay;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;
using Key = Mtrl.Random.Key;

namespace MtrlFunctional.Training;

/// <summary>Draws the batches of updates from what was experienced, with the noise that they need.</summary>
/// <param name="experiment">Whose batches they are.</param>
/// <param name="place">Where they go.</param>
/// <param name="observation">Numbers of an observation; those beyond the environment's are the task id.</param>
internal sealed class ReplayRows(Experiment experiment, Place place, int observation)
{
    private readonly int _batchSize = experiment.ReplayBuffer.BatchSize;
    private readonly bool _linked = experiment.Behaviour.LinkedEpisodes;

    /// <summary>As many rows of each task, or rows from everything, as the experiment says.</summary>
    /// <param name="replay">Where from; not empty.</param>
    /// <param name="key">Names the draws.</param>
    /// <param name="step">What update frequencies count.</param>
    internal Batch Draw(TaskReplay replay, Key key, long step) =>
        experiment.Behaviour.BalancedBatches
            ? Balanced(replay, key, step)
            : Filled(replay, replay.DrawUniform(Rows(key), _batchSize, _linked), key, step);

    /// <summary>As many rows of each task, each for its own agent.</summary>
    internal Batch Balanced(TaskReplay replay, Key key, long step)
    {
        var rows = Math.Max(1, _batchSize / experiment.Environment.NumEnvs);
        return Filled(replay, replay.DrawBalanced(Rows(key), rows, _linked), key, step);
    }

    /// <summary>Rows from everything, for one agent: [1; rows; …].</summary>
    internal Batch Together(TaskReplay replay, Key key, long step) =>
        BatchModule.Together(Filled(replay, replay.DrawUniform(Rows(key), _batchSize, _linked), key, step));

    /// <summary>Standard normal numbers for the actions of a batch.</summary>
    internal Tensor Noise(string purpose, Key key, Batch batch) => Noise(purpose, key, Ops.Shape(batch.Action));

    private static Key Rows(Key key) => KeyModule.ForPurpose("rows", key);

    private Tensor Noise(string purpose, Key key, long[] shape) =>
        Mtrl.Tensors.Draw.normal(place, KeyModule.ForPurpose(purpose, key), shape);

    private Batch Filled(TaskReplay replay, ReplayDraw draw, Key key, long step)
    {
        long[] flat = [experiment.Environment.NumEnvs, draw.Rows];
        Tensor Memory(params long[] shape) => Ops.Empty(shape, Numeric.Float32, Ops.Cpu);
        Tensor Placed(Tensor x) => PlaceModule.Put(place, x);
        var obs = Memory([.. flat, observation]);
        var next = Memory([.. flat, observation]);
        long[] actions = [.. flat, replay.Shape.ActionWidth];
        var action = Memory(actions);
        var (reward, terminal, weight) = (Memory(flat), Memory(flat), Memory(flat));
        var isOneHot = observation > replay.Shape.Observation.Width;
        replay.Fill(draw, BatchMemory.Over(obs, action, reward, next, terminal, weight, isOneHot));
        return new Batch(
            Placed(obs), Placed(action), Placed(reward), Placed(next), Placed(terminal), Placed(weight),
            Noise("noise", key, actions), Noise("noise/next", key, actions), step);
    }
}
