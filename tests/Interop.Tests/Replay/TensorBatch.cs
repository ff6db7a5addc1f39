namespace MtrlFunctional.Tests.Replay;

/// <summary>Memory of a batch outside the managed heap, filled with a mark that must be overwritten.</summary>
internal sealed unsafe class NativeBatch : IDisposable
{
    private readonly List<nint> _blocks = [];
    private readonly ReplayShape _shape;
    private readonly int _width;

    public NativeBatch(ReplayShape shape, int rows, bool oneHot)
    {
        _shape = shape;
        _width = shape.Observation.Width + (oneHot ? shape.Tasks : 0);
        var n = shape.Tasks * rows;
        Memory = new BatchMemory(shape.Tasks, rows, _width, shape.ActionWidth, oneHot)
        {
            IsBytes = shape.Observation.IsBytes,
            Obs = Block(n * _width),
            Action = Block(n * shape.ActionWidth),
            Reward = Block(n),
            NextObs = Block(n * _width),
            Terminal = Block(n),
            Weight = Block(n),
        };
    }

    public BatchMemory Memory { get; }

    public float[] Everything()
    {
        var n = Memory.Tasks * Memory.Rows;
        return [
            .. ReadObservations(Memory.Obs, n * _width), .. Read(Memory.Action, n * _shape.ActionWidth), .. Read(Memory.Reward, n),
            .. ReadObservations(Memory.NextObs, n * _width), .. Read(Memory.Terminal, n), .. Read(Memory.Weight, n),
        ];
    }

    public float Weight(int task, int row) => Read(Memory.Weight, Memory.Tasks * Memory.Rows)[(task * Memory.Rows) + row];

    public (Transition Transition, float[] Obs, float[] NextObs) Row(int task, int row)
    {
        var at = (task * Memory.Rows) + row;
        var obs = ReadObservations(Memory.Obs, (at + 1) * _width)[^_width..];
        var next = ReadObservations(Memory.NextObs, (at + 1) * _width)[^_width..];
        var d = _shape.Observation.Width;
        return (
            new Transition(
                obs[..d], Slice(Memory.Action, at, _shape.ActionWidth), Slice(Memory.Reward, at, 1)[0],
                next[..d], Slice(Memory.Terminal, at, 1)[0] == 1f),
            obs[d..], next[d..]);
    }

    public void Dispose() => _blocks.ForEach(b => NativeMemory.Free((void*)b));

    private nint Block(int floats)
    {
        var block = (nint)NativeMemory.Alloc((nuint)floats, sizeof(float));
        new Span<float>((void*)block, floats).Fill(-777f);
        _blocks.Add(block);
        return block;
    }

    private float[] ReadObservations(nint block, int numbers) =>
        _shape.Observation.IsBytes
            ? Array.ConvertAll(new Span<byte>((void*)block, numbers).ToArray(), number => (float)number)
            : Read(block, numbers);

    private static float[] Read(nint block, int floats) => new Span<float>((void*)block, floats).ToArray();

    private static float[] Slice(nint block, int row, int width) =>
        new Span<float>((float*)block + ((long)row * width), width).ToArray();
}
