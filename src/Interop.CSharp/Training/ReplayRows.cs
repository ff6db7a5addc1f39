using Microsoft.FSharp.Collections;
using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Tensors;
using MtrlFunctional.Replay;
using static TorchSharp.torch;
using Key = MtrlFunctional.Randomness.Key;

namespace MtrlFunctional.Training;

/// <summary>Draws the batches of updates from what was experienced, with the noise that they need.</summary>
/// <param name="experiment">Whose batches they are.</param>
/// <param name="place">Where they go.</param>
/// <param name="observation">Numbers of an observation; those beyond the environment's are the task id.</param>
internal sealed class ReplayRows(Experiment experiment, TensorOptions place, int observation)
{
    private readonly int _batchSize = experiment.ReplayBuffer.BatchSize;
    private readonly bool _linked = experiment.Behaviour.LinkedEpisodes;

    /// <summary>What an update learns from.</summary>
    /// <param name="draws">Which rows, and which noise beside that of every batch.</param>
    /// <param name="replay">Where from; not empty.</param>
    /// <param name="key">Names the draws.</param>
    /// <param name="step">What update frequencies count.</param>
    internal ReplaySample Sample(ReplayDraws draws, TaskReplay replay, Key key, long step) => new(draws.Rows switch
    {
        RowDraw.UniformForEach each => ListModule.OfSeq(Enumerable.Range(0, each.agents).Select(agent =>
        {
            var own = KeyModule.ForPurpose($"agent/{agent}", key);
            return WithNoise(draws, BatchModule.Together(Uniform(replay, own, step)), own);
        })),
        var rows => ListModule.OfSeq(
            [WithNoise(draws, rows.IsBalanced ? Balanced(replay, key, step) : Uniform(replay, key, step), key)]),
    });

    private DrawnBatch WithNoise(ReplayDraws draws, Batch batch, Key key) => new(
        batch, ListModule.OfSeq(draws.ExtraNoise.Select(purpose => Noise(purpose, key, Ops.Shape(batch.Action)))));

    /// <summary>As many rows of each task.</summary>
    private Batch Balanced(TaskReplay replay, Key key, long step)
    {
        var rows = Math.Max(1, _batchSize / experiment.Environment.NumEnvs);
        return Filled(replay, replay.DrawBalanced(Rows(key), rows, _linked), key, step);
    }

    /// <summary>Rows from everything.</summary>
    private Batch Uniform(TaskReplay replay, Key key, long step) =>
        Filled(replay, replay.DrawUniform(Rows(key), _batchSize, _linked), key, step);

    private static Key Rows(Key key) => KeyModule.ForPurpose("rows", key);

    private Tensor Noise(string purpose, Key key, long[] shape) =>
        MtrlFunctional.Tensors.Draw.normal(place, KeyModule.ForPurpose(purpose, key), shape);

    private Batch Filled(TaskReplay replay, ReplayDraw draw, Key key, long step)
    {
        long[] flat = [experiment.Environment.NumEnvs, draw.Rows];
        Tensor Memory(params long[] shape) => Ops.Empty(shape, Numeric.Float32, Ops.Cpu);
        Tensor Placed(Tensor x) => TensorOptionsModule.Put(place, x);
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
