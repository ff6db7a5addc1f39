using MtrlFunctional.Training;
using static TorchSharp.torch;

namespace MtrlFunctional.Replay;

/// <summary>Replay buffer of several tasks, one ring buffer each: new transitions of a task overwrite its oldest. Every
/// observation is stored once, without the frames that it shares with the observation before; Meta-World takes 105 bytes for a
/// transition, three frames of 84 × 84 pixels 21.3 kB. Batches are written straight into tensor memory.</summary>
/// <remarks>The caller disposes it. Not thread-safe. Draws are a pure function of the contents and the key.</remarks>
public sealed unsafe class TaskReplay : IReplay, IDisposable
{
    /// <summary>Prefetch distance in rows.</summary>
    private const int Ahead = 6;

    private readonly ReplayRing[] _rings;
    private bool _isDisposed;

    /// <summary>An empty replay. Its memory is reserved now and used as it fills.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="folder">
    /// An existing folder: observations lie in files there, which main memory caches, unless images are compressed. They are
    /// removed when the replay is disposed, and where a process is killed, by the next run in the folder. Null: main memory.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    /// <exception cref="MtrlException">More than there is memory.</exception>
    public TaskReplay(ReplayShape shape, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        shape.Check();
        Shape = shape;
        _rings = new ReplayRing[shape.Tasks];
        try
        {
            if (folder is null && shape.Bytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
                throw new OutOfMemoryException();
            for (var task = 0; task < shape.Tasks; task++)
                _rings[task] = shape.IsStored(task) ? new ReplayRing(shape.Of(task), folder) : new ReplayRing(shape.Of(task));
        }
        catch (OutOfMemoryException e)
        {
            Dispose();
            throw new MtrlException(
                $"replay_buffer.capacity: the replay takes {Storage.Text.Size(shape.Bytes)}, which this machine does not have. "
                + "Choose a smaller capacity, or replay_buffer.backing=file.", inner: e);
        }
    }

    /// <summary>The sizes.</summary>
    public ReplayShape Shape { get; }

    /// <summary>Transitions of all tasks that can be drawn now.</summary>
    public long Count => Live.Sum(r => (long)r.Count);

    /// <summary>Bytes of compressed frames, where <see cref="ReplayShape.IsCompressed"/>.</summary>
    public long CompressedBytes => Live.Sum(r => r.CompressedBytes);

    internal IReadOnlyList<ReplayRing> Rings => Live;

    /// <summary>Transitions of one task that can be drawn now.</summary>
    /// <param name="task">Index of the task.</param>
    /// <returns>At most the capacity of a task.</returns>
    public int CountOf(int task) => Ring(task).Count;

    /// <summary>Whether an episode of this task is running, so that a transition can be added.</summary>
    /// <param name="task">Index of the task.</param>
    /// <returns>False before the first episode, after a terminal transition and after <see cref="AbandonEpisode"/>.</returns>
    public bool InEpisode(int task) => Ring(task).Open;

    /// <summary>Begins an episode with the observation that the reset returned. A running episode ends at its newest observation
    /// (time limit).</summary>
    /// <param name="task">Index of the task.</param>
    /// <param name="obs">[W], all its frames equal.</param>
    /// <exception cref="ArgumentException">Wrong width or element type, or frames that differ.</exception>
    /// <exception cref="InvalidOperationException">Transitions of the task are not stored.</exception>
    public void BeginEpisode(int task, ObservationRows obs)
    {
        CheckObservation(obs, nameof(obs));
        var ring = Ring(task);
        if (!Shape.IsStored(task))
            throw new InvalidOperationException($"Transitions of task {task} are not stored here.");
        ring.Begin(obs.Memory[..ring.ObservationBytes]);
    }

    /// <inheritdoc cref="BeginEpisode(int, ObservationRows)"/>
    public void BeginEpisode(int task, ReadOnlySpan<float> obs) => BeginEpisode(task, (ObservationRows)obs);

    /// <summary>Adds the step from the newest observation of a task to the next one.</summary>
    /// <param name="task">Index of the task.</param>
    /// <param name="action">[A].</param>
    /// <param name="reward">The reward.</param>
    /// <param name="nextObs">[W]; its older frames must equal the frames of the observation before.</param>
    /// <param name="terminal">The episode ends here for good; a time limit is not terminal.</param>
    /// <exception cref="ArgumentException">
    /// Wrong width or element type, or <paramref name="nextObs"/> contradicts the layout.
    /// </exception>
    /// <exception cref="InvalidOperationException">No episode is running.</exception>
    public void Add(int task, ReadOnlySpan<float> action, float reward, ObservationRows nextObs, bool terminal)
    {
        CheckWidth(action.Length, Shape.ActionWidth, nameof(action));
        CheckObservation(nextObs, nameof(nextObs));
        CheckOpen(task);
        var ring = Ring(task);
        ring.Add(action[..ring.ActionWidth], reward, nextObs.Memory[..ring.ObservationBytes], terminal);
    }

    /// <inheritdoc cref="Add(int, ReadOnlySpan{float}, float, ObservationRows, bool)"/>
    public void Add(int task, ReadOnlySpan<float> action, float reward, ReadOnlySpan<float> nextObs, bool terminal) =>
        Add(task, action, reward, (ObservationRows)nextObs, terminal);

    /// <summary>Ends the episode of a task at its newest observation because the next step is not stored, for example an unstable
    /// one.</summary>
    /// <param name="task">Index of the task.</param>
    /// <exception cref="InvalidOperationException">No episode is running.</exception>
    public void AbandonEpisode(int task)
    {
        CheckOpen(task);
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
        CheckNotEmpty();
        var seed = KeyModule.Bits(key);
        return DrawEach(rowsPerTask, linkEpisodes, ring => ring.Count > 0 ? row => ring.Draw(seed, row) : null);
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
        var (rings, total) = (Live, Count);
        var drawn = Array.ConvertAll(rings, _ => new List<long>());
        for (var row = 0; row < rows; row++)
        {
            // Draws the task in proportion to its transitions, then a transition: uniform over all.
            var rest = Keys.BelowAt(seed, ((ulong)row << 20) + 0xFFFFF, total);
            var task = 0;
            while (rest >= rings[task].Count)
                rest -= rings[task++].Count;
            drawn[task].Add(rings[task].Draw(seed, (ulong)row));
        }

        return new ReplayDraw(Array.ConvertAll(drawn, d => d.ToArray()), linkEpisodes);
    }

    /// <summary>Draws transitions of each task from its newest transitions, uniformly with replacement.</summary>
    /// <param name="key">Key of the draw.</param>
    /// <param name="rowsPerTask">Rows for each task; a task without transitions gets none, only padding.</param>
    /// <param name="window">The newest transitions of a task that rows are drawn from, at least 1.</param>
    /// <returns>The draw; of an empty replay one without rows.</returns>
    internal ReplayDraw DrawNewest(Key key, int rowsPerTask, int window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        var seed = KeyModule.Bits(key);
        return DrawEach(rowsPerTask, linked: false, ring =>
            ring.Newest(window) is { Length: > 0 } newest ? row => newest[Keys.BelowAt(seed, row << 20, newest.Length)] : null);
    }

    /// <summary>Draws equally many transitions of each task; a task without any has no draws.</summary>
    private ReplayDraw DrawEach(int rowsPerTask, bool linked, Func<ReplayRing, Func<ulong, long>?> drawsOf)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerTask, 1);
        var slots = new long[Shape.Tasks][];
        for (var task = 0; task < slots.Length; task++)
        {
            var draw = drawsOf(Live[task]);
            slots[task] = new long[draw is null ? 0 : rowsPerTask];
            for (var row = 0; row < slots[task].Length; row++)
                slots[task][row] = draw!((ulong)((task * (long)rowsPerTask) + row));
        }

        return new ReplayDraw(slots, linked);
    }

    /// <summary>Reads a draw, task by task.</summary>
    /// <param name="draw">The draw; nothing may have been added since it was made.</param>
    /// <param name="withTask">Whether the one-hot task stands behind both observations.</param>
    /// <param name="shift">Shifts the pictures; null: as they are.</param>
    /// <returns>New tensors of the current scope. Rows beyond a task's count are zero with weight 0.</returns>
    /// <exception cref="ArgumentException">Pictures of another size are shifted, or the draw is of a replay of other tasks.</exception>
    public ReadRows Read(ReplayDraw draw, bool withTask = false, RandomShift? shift = null)
    {
        ArgumentNullException.ThrowIfNull(draw);
        if (draw.Slots.Length != Shape.Tasks)
            throw new ArgumentException($"The draw is of {draw.Slots.Length} tasks, the replay has {Shape.Tasks}.", nameof(draw));
        if (shift is not null && !(Shape.IsBytes && shift.Fits(Shape.Frame)))
            throw new ArgumentException($"Frames of {Shape.Frame} numbers are no pictures of {shift}.", nameof(shift));
        var (rows, ownWidth, actionWidth) = (Math.Max(1, draw.Rows), Shape.Width, Shape.ActionWidth);
        var width = ownWidth + (withTask ? Shape.Tasks : 0);
        Tensor New(ScalarType type, params long[] numbers) => torch.empty([Shape.Tasks, rows, .. numbers], type, Libtorch.Cpu);
        Tensor Observations() => New(Shape.IsBytes ? ScalarType.Byte : ScalarType.Float32, width);
        Tensor Numbers() => New(ScalarType.Float32);
        var (obs, next, action) = (Observations(), Observations(), New(ScalarType.Float32, actionWidth));
        var (reward, terminal, weight) = (Numbers(), Numbers(), Numbers());
        byte* o = (byte*)obs.Pointer(), n = (byte*)next.Pointer();
        float* a = (float*)action.Pointer(), r = (float*)reward.Pointer(), t = (float*)terminal.Pointer(), w = (float*)weight.Pointer();
        var rings = Live;
        var (bytes, row) = (width * Shape.NumberSize, 0L);
        foreach (var (task, slots) in draw.Slots.Index())
            for (var i = 0; i < rows; i++, row++, o += bytes, n += bytes, a += actionWidth)
            {
                var ring = rings[task];
                var (isDrawn, own, actions) = i < slots.Length ? (true, ring.ObservationBytes, ring.ActionWidth) : (false, 0, 0);
                if (i + Ahead < slots.Length)
                    ring.Prefetch(slots[i + Ahead]);
                if (isDrawn)
                    ring.Read(slots[i], draw.Linked, o, a, r + row, n, t + row, shift, row);
                else
                    r[row] = t[row] = 0f;
                w[row] = isDrawn ? 1f : 0f;
                new Span<byte>(o, bytes)[own..].Clear();
                new Span<byte>(n, bytes)[own..].Clear();
                new Span<float>(a, actionWidth)[actions..].Clear();
                if (withTask && isDrawn)
                {
                    WriteOneHot(task, o, ownWidth);
                    WriteOneHot(task, n, ownWidth);
                }
            }

        bool AreFinite(Tensor x) => FiniteNumbers.All(x.Span<float>());
        return new ReadRows(
            obs, action, reward, next, terminal, weight,
            AreFinite(reward) && AreFinite(action) && (Shape.IsBytes || (AreFinite(obs) && AreFinite(next))));
    }

    ReadRows IReplay.Read(ReplayRows rows, Key key, int obsSize, bool isLinked, FSharpOption<RandomShift>? shift) => Read(
        rows switch
        {
            ReplayRows.Balanced each => DrawBalanced(key, each.rowsOfTask, isLinked),
            ReplayRows.Uniform all => DrawUniform(key, all.rows, isLinked),
            ReplayRows.Newest newest => DrawNewest(key, newest.rowsOfTask, newest.window),
            _ => new ReplayDraw(Array.ConvertAll(Live, ring => ring.Transitions().ToArray()), linked: false),
        },
        obsSize > Shape.Width,
        OptionModule.ToObj(shift));

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (var ring in _rings)
            ring?.Dispose();
    }

    private void WriteOneHot(int task, byte* row, int width)
    {
        if (Shape.IsBytes)
            OneHot.Write(new Span<byte>(row + width, Shape.Tasks), task);
        else
            OneHot.Write(new Span<float>((float*)row + width, Shape.Tasks), task);
    }

    private ReplayRing[] Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _rings;
        }
    }

    private ReplayRing Ring(int task) =>
        (uint)task < (uint)Live.Length
            ? Live[task]
            : throw new ArgumentOutOfRangeException(nameof(task), task, $"The replay has {Live.Length} tasks.");

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

    private void CheckObservation(ObservationRows obs, string name)
    {
        if (obs.IsBytes != Shape.IsBytes)
            throw new ArgumentException(
                obs.IsBytes ? "Takes 32-bit floats, got bytes." : "Takes bytes, got 32-bit floats.", name);
        CheckWidth(obs.Length, Shape.Width, name);
    }

    private static void CheckWidth(int got, int wanted, string name)
    {
        if (got != wanted)
            throw new ArgumentException($"Takes {wanted} numbers, got {got}.", name);
    }
}
