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

    /// <summary>Asserts that a batch has the transitions of its draw to the bit, and zeros behind them.</summary>
    public void AssertReads(ReplayDraw draw, bool withTask = false, bool linked = false)
    {
        foreach (var (task, rows) in Replay.Batch(draw, withTask).Index())
        {
            var stored = Naive.All(task, linked).TakeLast(Replay.CountOf(task));
            var bySlot = Replay.Rings[task].Transitions().Zip(stored).ToDictionary(pair => pair.First, pair => pair.Second);
            float[] id = [.. Enumerable.Range(0, withTask ? shape.Tasks : 0).Select(other => other == task ? 1f : 0f)];
            foreach (var ((got, obsId, nextId, weight), row) in rows.Select((row, i) => (row, i)))
            {
                var isDrawn = row < draw.Slots[task].Length;
                Assert.That(weight, Is.EqualTo(isDrawn ? 1f : 0f));
                var found = Bits(got).AsSpan();
                Assert.That(
                    isDrawn ? found.SequenceEqual(Bits(bySlot[draw.Slots[task][row]])) : !found.ContainsAnyExcept((byte)0), $"task {task}, row {row}");
                Assert.That((obsId, nextId), Is.EqualTo(isDrawn ? (id, id) : (new float[id.Length], new float[id.Length])));
            }
        }
    }

    /// <summary>Asserts that the replay holds the newest transitions of a task to the bit.</summary>
    public void AssertHolds(int task)
    {
        foreach (var linked in new[] { false, true })
        {
            var got = Replay.Transitions(task, linked);
            Assert.That(got, Has.Length.EqualTo(Replay.CountOf(task)));
            foreach (var (found, want) in got.Zip(Naive.All(task, linked).TakeLast(got.Length)))
                Assert.That(Bits(found).AsSpan().SequenceEqual(Bits(want)), $"task {task}: [{string.Join(" ", found.Obs)}]");
        }
    }

    private static byte[] Bits(Transition t) =>
        MemoryMarshal.AsBytes<float>([.. t.Obs, .. t.Action, t.Reward, .. t.NextObs, t.Terminal ? 1 : 0]).ToArray();

    private void Step(int task, int episodeLength)
    {
        var own = shape.Of(task);
        if (!Replay.InEpisode(task) || _random.Next(episodeLength) == 0)
        {
            var frame = Numbers(own.Frame);
            var stack = Enumerable.Repeat(frame, own.Stack).SelectMany(f => f);
            var first = Padded([.. stack, .. Numbers(own.Spec.Observation.Tail)], shape.Width);
            Begin(task, first);
            Naive.Begin(task, first);
        }

        if (_random.Next(4 * episodeLength) == 0)
        {
            Replay.AbandonEpisode(task);
            Naive.Abandon(task);
            return;
        }

        var next = Padded(NextObs(task, own), shape.Width);
        var action = Padded(Numbers(own.ActionWidth), shape.ActionWidth);
        var reward = Numbers(1)[0];
        var terminal = _random.Next(5 * episodeLength) == 0;
        Add(task, action, reward, next, terminal);
        Naive.Add(task, action, reward, next, terminal);
    }

    private float[] NextObs(int task, ReplayShape own)
    {
        var (frame, stack, tail) = (own.Frame, own.Stack, own.Spec.Observation.Tail);
        var newest = Naive.Newest(task);
        var older = !own.IsBytes
            ? newest[..(frame * (stack - 1))]
            : newest[frame..(frame * stack)];
        if (stack > 1 && Naive.IsFirst(task) && _random.Next(3) == 0)
            older = Numbers(older.Length);
        return !own.IsBytes
            ? [.. Numbers(frame), .. older, .. Numbers(tail)]
            : [.. older, .. Numbers(frame), .. Numbers(tail)];
    }

    private void Begin(int task, float[] first)
    {
        if (shape.IsBytes)
            Replay.BeginEpisode(task, Bytes(first));
        else
            Replay.BeginEpisode(task, first);
    }

    private void Add(int task, float[] action, float reward, float[] next, bool terminal)
    {
        if (shape.IsBytes)
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
        if (!shape.IsBytes)
            return [.. Enumerable.Range(0, count).Select(_ => _serial++ * 0.25f)];
        var serial = _serial++;
        return [.. Enumerable.Range(0, count).Select(i => (float)((serial >> (8 * (i % 3))) & 255))];
    }
}
