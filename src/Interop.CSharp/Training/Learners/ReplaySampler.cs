using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Replay;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Draws the batches of updates from a replay, with the noise they need.</summary>
/// <param name="experiment">The experiment.</param>
/// <param name="options">Element type and device of the batches.</param>
/// <param name="draws">Row selection, and draws beside the noise of every batch.</param>
/// <param name="observation">Columns of an observation; columns after the environment's are the task id.</param>
internal sealed class ReplaySampler(Experiment experiment, TensorOptions options, ReplayDraws draws, int observation)
{
    private readonly int _batchSize = experiment.ReplayBuffer.BatchSize;
    private readonly int _shift = experiment.ReplayBuffer.RandomShift;
    private readonly ImageStack _images = experiment.Environment.DmControl.Images;
    private readonly bool _storesResetObservation = experiment.Behaviour.StoreResetObservation;

    /// <summary>Whether all numbers of the newest sample are finite.</summary>
    internal bool IsFinite { get; private set; }

    /// <summary>The sample of an update, from a replay that is not empty; update frequencies count by the step.</summary>
    internal ReplaySample Sample(TaskReplay replay, Key key, long step)
    {
        IsFinite = true;
        return draws.Rows switch
        {
            RowDraw.UniformForEach each => new ReplaySample(ListModule.OfSeq(Enumerable.Range(0, each.agents).Select(agent =>
            {
                var own = KeyModule.ForPurpose($"agent/{agent}", key);
                return WithNoise(BatchModule.Together(Uniform(replay, own, step)), own);
            }))),
            { IsBalanced: true } => OfOne(Balanced(replay, key, step)),
            _ => OfOne(Uniform(replay, key, step)),
        };

        ReplaySample OfOne(Batch batch) => ReplaySampleModule.OfBatch(WithContext(replay, WithNoise(batch, key), key));
    }

    /// <summary>All that a replay holds, at least one transition, each once, without shifts of images.</summary>
    internal ReplaySample Whole(TaskReplay replay, Key key) =>
        ReplaySampleModule.OfBatch(WithNoise(Filled(replay, replay.DrawAll(), key, step: 0, shift: null), key));

    /// <summary>All that a replay holds, which may be nothing, as the context of the tasks; null: the agent infers no tasks from
    /// contexts.</summary>
    internal ReplaySample? Context(TaskReplay replay, Key key)
    {
        if (OptionModule.ToObj(draws.Context) is not { } context)
            return null;
        var draw = replay.Count > 0 ? replay.DrawAll() : ReplayDraw.Nothing(replay.Shape.Tasks);
        var transitions = Filled(replay, draw, key, step: 0, shift: null);
        return ReplaySampleModule.OfBatch(TaskContextModule.Draw(options, key, context, transitions, transitions));
    }

    /// <summary>The batch with the transitions that its tasks are inferred from, where the agent infers them.</summary>
    private Batch WithContext(TaskReplay replay, Batch batch, Key key)
    {
        if (OptionModule.ToObj(draws.Context) is not { } context)
            return batch;
        var own = KeyModule.ForPurpose("context", key);
        var newest = replay.DrawNewest(Rows(own), context.Transitions, context.Window);
        return TaskContextModule.Draw(options, own, context, Filled(replay, newest, own, batch.Step, shift: null), batch);
    }

    private Batch WithNoise(Batch batch, Key key) =>
        RandomDrawModule.Add(options, key, draws.Draws, batch);

    /// <summary>Equal row counts for all tasks.</summary>
    private Batch Balanced(TaskReplay replay, Key key, long step)
    {
        var rows = Math.Max(1, _batchSize / experiment.Environment.NumEnvs);
        return Filled(replay, replay.DrawBalanced(Rows(key), rows, _storesResetObservation), key, step, Shift(key));
    }

    /// <summary>Rows drawn uniformly over all tasks.</summary>
    private Batch Uniform(TaskReplay replay, Key key, long step) =>
        Filled(replay, replay.DrawUniform(Rows(key), _batchSize, _storesResetObservation), key, step, Shift(key));

    private static Key Rows(Key key) => KeyModule.ForPurpose("rows", key);

    private RandomShift? Shift(Key key) =>
        _shift > 0
            ? new RandomShift(_shift, _images.Height, _images.Width, KeyModule.ForPurpose("shift", key))
            : null;

    private Tensor Noise(string purpose, Key key, long[] shape) =>
        MtrlFunctional.Tensors.Draw.Normal(options, KeyModule.ForPurpose(purpose, key), shape);

    private Batch Filled(TaskReplay replay, ReplayDraw draw, Key key, long step, RandomShift? shift)
    {
        long[] flat = [replay.Shape.Tasks, Math.Max(1, draw.Rows)];
        Tensor Allocate(params long[] shape) => torch.empty(shape, ScalarType.Float32, Libtorch.Cpu);
        Tensor Placed(Tensor x) => TensorOptionsModule.Place(options, x);
        var element = replay.Shape.Observation.IsBytes ? ScalarType.Byte : ScalarType.Float32;
        var obs = torch.empty([.. flat, observation], element, Libtorch.Cpu);
        var next = torch.empty([.. flat, observation], element, Libtorch.Cpu);
        long[] actions = [.. flat, replay.Shape.ActionWidth];
        var action = Allocate(actions);
        var (reward, terminal, weight) = (Allocate(flat), Allocate(flat), Allocate(flat));
        var isOneHot = observation > replay.Shape.Observation.Width;
        var memory = BatchMemory.Over(obs, action, reward, next, terminal, weight, isOneHot);
        replay.Fill(draw, memory, shift);
        IsFinite &= memory.IsFinite;
        return new Batch(
            Placed(obs), Placed(action), Placed(reward), Placed(next), Placed(terminal), Placed(weight),
            Noise("noise", key, actions), Noise("noise/next", key, actions), MapModule.Empty<string, Tensor>(), step);
    }
}
