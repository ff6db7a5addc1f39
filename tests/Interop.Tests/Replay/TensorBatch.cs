using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Replay;

/// <summary>Tensors of a batch, filled with a mark that must be overwritten.</summary>
internal sealed class TensorBatch : IDisposable
{
    private readonly ReplayShape _shape;
    private readonly Tensor[] _parts;

    /// <summary>A row: its transition, the columns of the task behind both observations, and its weight.</summary>
    internal sealed record Row(Transition Transition, float[] Id, float[] NextId, float Weight);

    public TensorBatch(ReplayShape shape, int rows, bool oneHot)
    {
        Tensor Marked(ScalarType element, params long[] sizes) => torch.full([shape.Tasks, rows, .. sizes], 77, element);
        var (observations, width) = (
            shape.Observation.IsBytes ? ScalarType.Byte : ScalarType.Float32, shape.Observation.Width + (oneHot ? shape.Tasks : 0));
        _shape = shape;
        _parts =
        [
            Marked(observations, width), Marked(ScalarType.Float32, shape.ActionWidth), Marked(ScalarType.Float32),
            Marked(observations, width), Marked(ScalarType.Float32), Marked(ScalarType.Float32),
        ];
        Memory = BatchMemory.Over(_parts[0], _parts[1], _parts[2], _parts[3], _parts[4], _parts[5], oneHot);
    }

    public BatchMemory Memory { get; }

    /// <summary>The rows of each task.</summary>
    public Row[][] Rows()
    {
        var parts = Array.ConvertAll(_parts, part => part.to_type(ScalarType.Float32).ToFloats());
        var d = _shape.Observation.Width;
        Row Of(int at)
        {
            float[] Slice(int part, int width) => parts[part].AsSpan(at * width, width).ToArray();
            var (obs, next) = (Slice(0, Memory.ObsWidth), Slice(3, Memory.ObsWidth));
            var transition = new Transition(obs[..d], Slice(1, _shape.ActionWidth), parts[2][at], next[..d], parts[4][at] == 1f);
            return new Row(transition, obs[d..], next[d..], parts[5][at]);
        }

        return [.. Enumerable.Range(0, Memory.Tasks * Memory.Rows).Select(Of).Chunk(Memory.Rows)];
    }

    public void Dispose() => Array.ForEach(_parts, part => part.Dispose());
}
