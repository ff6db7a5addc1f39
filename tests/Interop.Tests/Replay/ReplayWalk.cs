namespace MtrlFunctional.Tests.Replay;

/// <summary>
/// Random transitions of a given layout, written to a replay and to the naive one: episodes
/// of all lengths, time limits, terminal and abandoned ones, and resets whose observation
/// differs slightly from the history in the first step.
/// </summary>
internal sealed class ReplayWalk(ReplayShape shape, TaskReplay replay, int seed)
{
    private readonly Random _random = new(seed);
    private int _serial;

    public NaiveReplay Naive { get; } = new(shape.Tasks);

    public TaskReplay Replay { get; set; } = replay;

    public void Steps(int count, int episodeLength)
    {
        for (; count > 0; count--)
            Step(_random.Next(shape.Tasks), episodeLength);
    }

    private void Step(int task, int episodeLength)
    {
        var own = shape.Of(task);
        if (!Replay.InEpisode(task) || _random.Next(episodeLength) == 0)
        {
            var frame = Numbers(own.Observation.Frame);
            var stack = Enumerable.Repeat(frame, own.Observation.Stack).SelectMany(f => f);
            var first = Padded([.. stack, .. Numbers(own.Observation.Tail)], shape.Observation.Width);
            Begin(task, first);
            Naive.Begin(task, first);
        }

        if (_random.Next(4 * episodeLength) == 0)
        {
            Replay.AbandonEpisode(task);
            Naive.Abandon(task);
            return;
        }

        var next = Padded(NextObs(task, own.Observation), shape.Observation.Width);
        var action = Padded(Numbers(own.ActionWidth), shape.ActionWidth);
        var reward = Numbers(1)[0];
        var terminal = _random.Next(5 * episodeLength) == 0;
        Add(task, action, reward, next, terminal);
        Naive.Add(task, action, reward, next, terminal);
    }

    private float[] NextObs(int task, ObservationLayout own)
    {
        var (frame, stack, tail) = own;
        var newest = Naive.Newest(task);
        var older = own.Order == FrameOrder.NewestFirst
            ? newest[..(frame * (stack - 1))]
            : newest[frame..(frame * stack)];
        if (stack > 1 && Naive.IsFirst(task) && _random.Next(3) == 0)
            older = Numbers(older.Length);
        return own.Order == FrameOrder.NewestFirst
            ? [.. Numbers(frame), .. older, .. Numbers(tail)]
            : [.. older, .. Numbers(frame), .. Numbers(tail)];
    }

    private void Begin(int task, float[] first)
    {
        if (shape.Observation.IsBytes)
            Replay.BeginEpisode(task, Bytes(first));
        else
            Replay.BeginEpisode(task, first);
    }

    private void Add(int task, float[] action, float reward, float[] next, bool terminal)
    {
        if (shape.Observation.IsBytes)
            Replay.Add(task, action, reward, Bytes(next), terminal);
        else
            Replay.Add(task, action, reward, next, terminal);
    }

    private static float[] Padded(float[] row, int width) => [.. row, .. new float[width - row.Length]];

    private static byte[] Bytes(float[] numbers) => Array.ConvertAll(numbers, number => (byte)number);

    /// <summary>
    /// Numbers that never repeat, so that a mixed-up row cannot pass for another; of bytes, the digits of such
    /// numbers.
    /// </summary>
    private float[] Numbers(int count)
    {
        if (!shape.Observation.IsBytes)
            return [.. Enumerable.Range(0, count).Select(_ => _serial++ * 0.25f)];
        var serial = _serial++;
        return [.. Enumerable.Range(0, count).Select(i => (float)((serial >> (8 * (i % 3))) & 255))];
    }
}
