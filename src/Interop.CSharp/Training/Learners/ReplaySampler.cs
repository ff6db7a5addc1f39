using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Replay;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Draws the batches of updates from a replay, with the noise they need.</summary>
/// <param name="experiment">The experiment.</param>
/// <param name="options">Element type and device of the batches.</param>
/// <param name="observation">Columns of an observation; columns after the environment's are the task id.</param>
internal sealed class ReplaySampler(Experiment experiment, TensorOptions options, int observation)
{
    private readonly int _batchSize = experiment.ReplayBuffer.BatchSize;
    private readonly int _shift = experiment.ReplayBuffer.RandomShift;
    private readonly ImageStack _images = experiment.Environment.DmControl.Images;
    private readonly bool _storesResetObservation = experiment.Behaviour.StoreResetObservation;

    /// <summary>Whether all numbers of the newest sample are finite.</summary>
    internal bool IsFinite { get; private set; }

    /// <summary>The sample of an update.</summary>
    /// <param name="draws">Row selection, and draws beside the noise of every batch.</param>
    /// <param name="replay">The replay; not empty.</param>
    /// <param name="key">Key of the draws.</param>
    /// <param name="step">Counter of the update frequencies.</param>
    internal ReplaySample Sample(ReplayDraws draws, TaskReplay replay, Key key, long step)
    {
        IsFinite = true;
        return new ReplaySample(Batches(draws, replay, key, step));
    }

    private FSharpList<Batch> Batches(ReplayDraws draws, TaskReplay replay, Key key, long step) => draws.Rows switch
    {
        RowDraw.UniformForEach each => ListModule.OfSeq(Enumerable.Range(0, each.agents).Select(agent =>
        {
            var agentKey = KeyModule.ForPurpose($"agent/{agent}", key);
            return WithNoise(draws, BatchModule.Together(Uniform(replay, agentKey, step)), agentKey);
        })),
        var rows => ListModule.OfSeq(
            [WithContext(draws, replay, WithNoise(draws, rows.IsBalanced ? Balanced(replay, key, step) : Uniform(replay, key, step), key), key)]),
    };

    /// <summary>All that a replay holds, each transition once, without shifts of images.</summary>
    /// <param name="draws">Draws beside the noise of every batch.</param>
    /// <param name="replay">The replay; not empty.</param>
    /// <param name="key">Key of the noise.</param>
    internal ReplaySample Whole(ReplayDraws draws, TaskReplay replay, Key key) =>
        ReplaySampleModule.OfBatch(WithNoise(draws, Filled(replay, replay.DrawAll(), key, step: 0, shift: null), key));

    /// <summary>All that a replay holds as the context of the tasks.</summary>
    /// <param name="context">The agent's draw of contexts.</param>
    /// <param name="replay">The replay; it may be empty.</param>
    /// <param name="key">Key of the noise.</param>
    internal ReplaySample Context(ContextDraw context, TaskReplay replay, Key key)
    {
        var draw = replay.Count > 0 ? replay.DrawAll() : ReplayDraw.Nothing(replay.Shape.Tasks);
        var transitions = Filled(replay, draw, key, step: 0, shift: null);
        return ReplaySampleModule.OfBatch(TaskContextModule.Draw(options, key, context, transitions, transitions));
    }

    /// <summary>The batch with the transitions that its tasks are inferred from, where the agent infers them.</summary>
    private Batch WithContext(ReplayDraws draws, TaskReplay replay, Batch batch, Key key)
    {
        if (OptionModule.ToObj(draws.Context) is not { } context)
            return batch;
        var own = KeyModule.ForPurpose("context", key);
        var newest = replay.DrawNewest(Rows(own), context.Transitions, context.Window);
        return TaskContextModule.Draw(options, own, context, Filled(replay, newest, own, batch.Step, shift: null), batch);
    }

    private Batch WithNoise(ReplayDraws draws, Batch batch, Key key) =>
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
