using MtrlFunctional.Environments;
using MtrlFunctional.Randomness;

namespace MtrlFunctional.Replay;

/// <summary>One transition, copied out of the replay.</summary>
/// <param name="Obs">Observation before the action.</param>
/// <param name="Action">The action.</param>
/// <param name="Reward">The reward.</param>
/// <param name="NextObs">Observation after the action.</param>
/// <param name="Terminal">The episode ended there for good, not by its time limit.</param>
public sealed record Transition(float[] Obs, float[] Action, float Reward, float[] NextObs, bool Terminal);

/// <summary>
/// Replay buffer of several tasks, one ring buffer each: new transitions of a task overwrite its
/// oldest. Every observation is stored once, without the frames that it shares with the one before;
/// Meta-World takes 105 bytes for a transition. Batches are written straight into tensor memory.
/// </summary>
/// <remarks>
/// Not thread-safe, except that <see cref="FillAsync"/> may run during reads;
/// changes to the replay wait for it. Draws are a pure function of the contents
/// and the key.
/// </remarks>
public sealed unsafe class TaskReplay
{
    /// <summary>Prefetch distance in rows.</summary>
    private const int Ahead = 6;

    private readonly ReplayRing[] _rings;
    private Task _pending = Task.CompletedTask;

    /// <summary>An empty replay. Its memory is reserved now and used as it fills.</summary>
    /// <param name="shape">Sizes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="MtrlException">More than one array for each task can hold, or than there is memory.</exception>
    public TaskReplay(ReplayShape shape)
    {
        shape.Check();
        Shape = shape;
        try
        {
            _rings = [.. Enumerable.Range(0, shape.Tasks).Select(_ => new ReplayRing(shape))];
        }
        catch (OutOfMemoryException e)
        {
            throw new MtrlException(
                $"replay_buffer.capacity: the replay takes {Storage.Text.Size(shape.Bytes)}, which this machine does not have. "
                + "Choose a smaller capacity.", inner: e);
        }
    }

    /// <summary>The sizes.</summary>
    public ReplayShape Shape { get; }

    /// <summary>Transitions of all tasks that can be drawn now.</summary>
    public long Count => _rings.Sum(r => (long)r.Count);

    internal IReadOnlyList<ReplayRing> Rings => _rings;

    /// <summary>Transitions of one task that can be drawn now.</summary>
    /// <param name="task">Its index.</param>
    /// <returns>At most the capacity of a task.</returns>
    public int CountOf(int task) => Ring(task).Count;

    /// <summary>Whether an episode of this task is running, so that <see cref="Add"/> is allowed.</summary>
    /// <param name="task">Its index.</param>
    /// <returns>False before the first episode, after a terminal transition and after <see cref="AbandonEpisode"/>.</returns>
    public bool InEpisode(int task) => Ring(task).Open;

    /// <summary>
    /// Begins an episode with the observation that the reset returned. A running episode ends
    /// at its newest observation (time limit).
    /// </summary>
    /// <param name="task">Index of the task.</param>
    /// <param name="obs">[W], all its frames equal.</param>
    /// <exception cref="ArgumentException">Wrong width, or frames that differ.</exception>
    public void BeginEpisode(int task, ReadOnlySpan<float> obs)
    {
        CheckWidth(obs.Length, Shape.Observation.Width, nameof(obs));
        _pending.Wait();
        Ring(task).Begin(obs);
    }

    /// <summary>Adds the step from the newest observation of a task to the next one.</summary>
    /// <param name="task">Index of the task.</param>
    /// <param name="action">[A].</param>
    /// <param name="reward">The reward.</param>
    /// <param name="nextObs">[W]; its older frames must be those of the observation before.</param>
    /// <param name="terminal">The episode ends here for good; a time limit is not terminal.</param>
    /// <exception cref="ArgumentException">Wrong width, or <paramref name="nextObs"/> contradicts the layout.</exception>
    /// <exception cref="InvalidOperationException">No episode is running.</exception>
    public void Add(int task, ReadOnlySpan<float> action, float reward, ReadOnlySpan<float> nextObs, bool terminal)
    {
        CheckWidth(action.Length, Shape.ActionWidth, nameof(action));
        CheckWidth(nextObs.Length, Shape.Observation.Width, nameof(nextObs));
        CheckOpen(task);
        _pending.Wait();
        Ring(task).Add(action, reward, nextObs, terminal);
    }

    /// <summary>
    /// Ends the episode of a task at its newest observation because the next step is not
    /// stored, for example an unstable one.
    /// </summary>
    /// <param name="task">Index of the task.</param>
    /// <exception cref="InvalidOperationException">No episode is running.</exception>
    public void AbandonEpisode(int task)
    {
        CheckOpen(task);
        _pending.Wait();
        Ring(task).Abandon();
    }

    /// <summary>Draws equally many transitions of each task, uniformly with replacement.</summary>
    /// <param name="key">Key of the draw, for example (seed, "replay", update).</param>
    /// <param name="rowsPerTask">Rows for each task; a task without transitions gets none, only padding.</param>
    /// <param name="linkEpisodes">See <see cref="DrawUniform"/>.</param>
    /// <returns>The draw.</returns>
    /// <exception cref="InvalidOperationException">The replay is empty.</exception>
    public ReplayDraw DrawBalanced(Key key, int rowsPerTask, bool linkEpisodes = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerTask, 1);
        CheckNotEmpty();
        var seed = KeyModule.Bits(key);
        var slots = new long[Shape.Tasks][];
        for (var task = 0; task < slots.Length; task++)
        {
            var ring = _rings[task];
            slots[task] = new long[ring.Count == 0 ? 0 : rowsPerTask];
            for (var row = 0; row < slots[task].Length; row++)
                slots[task][row] = ring.Draw(seed, (ulong)((task * (long)rowsPerTask) + row));
        }

        return new ReplayDraw(slots, linkEpisodes);
    }

    /// <summary>Draws transitions uniformly with replacement over everything stored, so the counts of tasks differ.</summary>
    /// <param name="key">Key of the draw.</param>
    /// <param name="rows">Transitions in all.</param>
    /// <param name="linkEpisodes">
    /// As the original program stores them: the next observation of the last transition of an episode
    /// is the first observation of the next episode. False: its own.
    /// </param>
    /// <returns>The draw.</returns>
    /// <exception cref="InvalidOperationException">The replay is empty.</exception>
    public ReplayDraw DrawUniform(Key key, int rows, bool linkEpisodes = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        CheckNotEmpty();
        var seed = KeyModule.Bits(key);
        var total = Count;
        var drawn = Array.ConvertAll(_rings, _ => new List<long>());
        for (var row = 0; row < rows; row++)
        {
            // Draws the task in proportion to its transitions, then a transition: uniform over all.
            var rest = CounterRandom.Below(seed, ((ulong)row << 20) + 0xFFFFF, total);
            var task = 0;
            while (rest >= _rings[task].Count)
                rest -= _rings[task++].Count;
            drawn[task].Add(_rings[task].Draw(seed, (ulong)row));
        }

        return new ReplayDraw(Array.ConvertAll(drawn, d => d.ToArray()), linkEpisodes);
    }

    /// <summary>Writes a draw into memory; rows beyond a task's count are zero with weight 0.</summary>
    /// <param name="draw">What to write; nothing may have been added since it was drawn.</param>
    /// <param name="memory">Destination; at least <see cref="ReplayDraw.Rows"/> rows for each task.</param>
    /// <exception cref="ArgumentException">The memory has other sizes or too few rows.</exception>
    public void Fill(ReplayDraw draw, BatchMemory memory)
    {
        if (memory.Tasks != Shape.Tasks || memory.Rows < draw.Rows)
            throw new ArgumentException(
                $"The batch takes {Shape.Tasks} tasks and {draw.Rows} rows, the memory has {memory.Tasks} and {memory.Rows}.",
                nameof(memory));
        var width = Shape.Observation.Width + (memory.OneHot ? Shape.Tasks : 0);
        CheckWidth(memory.ObsWidth, width, nameof(memory));
        CheckWidth(memory.ActionWidth, Shape.ActionWidth, nameof(memory));
        for (var task = 0; task < Shape.Tasks; task++)
            FillTask(task, draw, memory);
    }

    /// <summary>
    /// <see cref="Fill"/> on another thread, while the learner works on the batch before. Additions to the
    /// replay wait for its end, so the result is the same.
    /// </summary>
    /// <param name="draw">What to write.</param>
    /// <param name="memory">Destination; must stay alive until the task ends.</param>
    /// <returns>Ends when the memory is filled.</returns>
    public Task FillAsync(ReplayDraw draw, BatchMemory memory)
    {
        _pending.Wait();
        return _pending = Task.Run(() => Fill(draw, memory));
    }

    /// <summary>Draws and writes a balanced batch: <see cref="DrawBalanced"/>, <see cref="Fill"/>.</summary>
    /// <param name="key">Key of the draw.</param>
    /// <param name="memory">Destination; its row count is drawn for each task.</param>
    public void SampleBalanced(Key key, BatchMemory memory) => Fill(DrawBalanced(key, memory.Rows), memory);

    /// <summary>All transitions of a task that can be drawn, oldest first.</summary>
    /// <param name="task">Its index.</param>
    /// <param name="linkEpisodes">See <see cref="DrawUniform"/>.</param>
    /// <returns>Copies.</returns>
    public IEnumerable<Transition> Transitions(int task, bool linkEpisodes = false)
    {
        var ring = Ring(task);
        return ring.Transitions().Select(slot => Copy(ring, slot, linkEpisodes));
    }

    private Transition Copy(ReplayRing ring, long slot, bool linked)
    {
        var width = Shape.Observation.Width;
        float[] obs = new float[width], action = new float[Shape.ActionWidth], next = new float[width];
        float reward, terminal;
        fixed (float* o = obs, a = action, n = next)
            ring.Read(slot, linked, o, a, &reward, n, &terminal);
        return new Transition(obs, action, reward, next, terminal != 0);
    }

    private void FillTask(int task, ReplayDraw draw, BatchMemory memory)
    {
        var ring = _rings[task];
        var slots = draw.Slots[task];
        var width = memory.ObsWidth;
        var first = (long)task * memory.Rows;
        var obs = (float*)memory.Obs + (first * width);
        var next = (float*)memory.NextObs + (first * width);
        var action = (float*)memory.Action + (first * Shape.ActionWidth);
        var reward = (float*)memory.Reward + first;
        var terminal = (float*)memory.Terminal + first;
        var weight = (float*)memory.Weight + first;

        for (var row = 0; row < slots.Length; row++)
        {
            if (row + Ahead < slots.Length)
                ring.Prefetch(slots[row + Ahead]);
            ring.Read(
                slots[row], draw.Linked, obs + ((long)row * width), action + ((long)row * Shape.ActionWidth),
                reward + row, next + ((long)row * width), terminal + row);
            weight[row] = 1f;
            if (memory.OneHot)
            {
                WriteOneHot(task, obs + ((long)row * width));
                WriteOneHot(task, next + ((long)row * width));
            }
        }

        var padding = memory.Rows - slots.Length;
        Clear(obs, slots.Length, padding, width);
        Clear(next, slots.Length, padding, width);
        Clear(action, slots.Length, padding, Shape.ActionWidth);
        Clear(reward, slots.Length, padding, 1);
        Clear(terminal, slots.Length, padding, 1);
        Clear(weight, slots.Length, padding, 1);
    }

    private void WriteOneHot(int task, float* row) =>
        OneHot.Write(new Span<float>(row + Shape.Observation.Width, Shape.Tasks), task);

    private static void Clear(float* start, int from, int rows, int width)
    {
        for (long row = from; row < (long)from + rows; row++)
            new Span<float>(start + (row * width), width).Clear();
    }

    private ReplayRing Ring(int task) =>
        (uint)task < (uint)_rings.Length
            ? _rings[task]
            : throw new ArgumentOutOfRangeException(nameof(task), task, $"The replay has {_rings.Length} tasks.");

    private void CheckOpen(int task)
    {
        if (!Ring(task).Open)
            throw new InvalidOperationException($"Task {task} is in no episode: begin one first.");
    }

    private void CheckNotEmpty()
    {
        if (Count == 0)
            throw new InvalidOperationException("The replay is empty: nothing can be drawn.");
    }

    private static void CheckWidth(int got, int wanted, string name)
    {
        if (got != wanted)
            throw new ArgumentException($"Takes {wanted} numbers, got {got}.", name);
    }
}
