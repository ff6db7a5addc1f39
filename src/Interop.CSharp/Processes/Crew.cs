using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Microsoft.FSharp.Core;
using MtrlFunctional.Experiments;
using MtrlFunctional.Sampling;
using MtrlFunctional.Tensors;
using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>
/// The processes of one run: rank 0 trains and owns the folder, the others play their share of the episodes of every iteration and
/// know nothing else. So a run is the same with any number of them.
/// </summary>
/// <remarks>
/// Rank 0 sends orders (<see cref="Order"/>), and each process answers by its rows or by its failure
/// (<see cref="Exchange"/>). While rank 0 does something else, such as an update or an evaluation, it sends a sign of life
/// regularly, so that the others can tell a long wait from a dead one. Not thread-safe; the caller disposes it.
/// </remarks>
public sealed class Crew : IDisposable
{
    // Seconds; without MTRL_PATIENCE.
    private const double LeastPatience = 60;
    private const string PatienceVariable = "MTRL_PATIENCE";

    // As the share of the patience.
    private const double SignsOfLife = 1.0 / 8;

    private readonly ICommunicator _processes;
    private readonly Watchdog? _watchdog;
    private readonly object _gate = new();
    private readonly CancellationTokenSource _stopAsked = new();
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread? _signs;
    private CancellationToken _ownStop;
    private long _iterationStarted;
    private bool _isOver;

    /// <param name="processes">Disposed with it.</param>
    /// <param name="watchdog">Told of the iterations; null: none, and no signs of life.</param>
    /// <param name="patience">Its least seconds.</param>
    internal Crew(ICommunicator processes, Watchdog? watchdog = null, double patience = LeastPatience)
    {
        (_processes, _watchdog) = (processes, watchdog);
        if (Rank > 0 || watchdog is null)
            return;
        _signs = new Thread(() => SendSigns(TimeSpan.FromSeconds(patience * SignsOfLife))) { IsBackground = true, Name = "signs of life" };
        _signs.Start();
    }

    /// <summary>The number of this process, from 0.</summary>
    public int Rank => _processes.Rank;

    /// <summary>Processes.</summary>
    public int Size => _processes.Size;

    /// <summary>Whether a launcher of MPI started others with this process.</summary>
    public static bool IsLaunched => Launched is not null;

    private static int? Launched => OptionModule.ToNullable(Launch.Size(Variable));

    /// <summary>Requested when a process was asked to stop; at rank 0.</summary>
    internal CancellationToken StopAsked => _stopAsked.Token;

    private enum Order : byte
    {
        /// <summary>Nothing: rank 0 lives.</summary>
        None,

        /// <summary>Prepare for the experiment that follows.</summary>
        Prepare,

        /// <summary>Play the iteration that follows.</summary>
        Play,

        /// <summary>No order comes any more.</summary>
        End,
    }

    /// <summary>Joins the processes that a launcher of MPI started with this one.</summary>
    /// <param name="words">Words of the command, equal in all.</param>
    /// <param name="notice">Receives what the user should know; at rank 0.</param>
    /// <returns>Null: no launcher started others; nothing is loaded.</returns>
    /// <exception cref="MtrlException">No MPI library, one that does not belong to the launcher, or processes that differ.</exception>
    public static Crew? Join(IEnumerable<string> words, Action<string>? notice = null)
    {
        if (Launched is not { } launched)
            return null;
        var patience = Variable(PatienceVariable) switch
        {
            "" => LeastPatience,
            var text when double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds > 0 => seconds,
            var text => throw new MtrlException($"{PatienceVariable}={text}: must be a number of seconds above 0."),
        };
        var library = MpiLibrary.Start([.. Launch.Libraries(Variable)]);
        var watchdog = new Watchdog(library.Rank, patience, library.Abort);
        var mpi = new MpiCommunicator(library, watchdog);
        if (OptionModule.ToObj(Launch.WorldRefusal(launched, mpi.Size, library.Version)) is { } refusal)
        {
            mpi.Dispose();
            throw new MtrlException(refusal);
        }

        var crew = new Crew(mpi, watchdog, patience);
        try
        {
            crew.Compare(words, library.Version, notice ?? (_ => { }));
            return crew;
        }
        catch
        {
            crew.Dispose();
            throw;
        }
    }

    /// <summary>Plays episodes for rank 0 until it needs no more; in the other processes.</summary>
    /// <param name="stop">Asks rank 0 to save and to stop.</param>
    /// <param name="extensions">Parts that the experiment of rank 0 may name; null: none.</param>
    public void Serve(CancellationToken stop = default, Extensions? extensions = null)
    {
        _ownStop = stop;
        EpisodeServer? server = null;
        try
        {
            while (true)
            {
                using var order = new BinaryReader(new MemoryStream(_processes.Broadcast([])));
                switch ((Order)order.ReadByte())
                {
                    case Order.Prepare:
                        Begin("the start", started: 0);
                        server?.Dispose();
                        server = null;
                        Answer(() => server = new EpisodeServer(order.ReadString(), this, extensions ?? Extensions.None), _ => { }, _ => { });
                        break;
                    case Order.Play:
                        var iteration = order.ReadInt64();
                        Begin(NameOf(iteration), Stopwatch.GetTimestamp());
                        try
                        {
                            server!.Play(iteration, order);
                        }
                        catch (AnsweredException)
                        {
                            // Rank 0 knows.
                        }

                        break;
                    case Order.End:
                        _isOver = true;
                        return;
                }
            }
        }
        finally
        {
            server?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Rank == 0 && !_isOver)
        {
            _end.Set();
            _signs?.Join();
            Send(Order.End, _ => { });
            _isOver = true;
        }

        // After a failure of its own a process ends without a farewell: the launcher ends the others.
        if (_isOver)
            _processes.Dispose();
        _end.Dispose();
        _stopAsked.Dispose();
    }

    /// <summary>Lets the other processes build what an experiment needs; at rank 0.</summary>
    /// <exception cref="MtrlException">It does not run with several processes, or one of them failed.</exception>
    internal void Prepare(Experiment experiment, int threads)
    {
        RequireThreads(threads);
        lock (_gate)
        {
            Begin("the start", started: 0);
            Send(Order.Prepare, order => order.Write(RunIdentity.Render(experiment)));
            Exchange(null, _ => { }, _ => { }, everywhere: false);
        }
    }

    /// <summary>Rejects a number of threads for which this process has too few processors.</summary>
    /// <exception cref="MtrlException">The launcher bound it to fewer.</exception>
    internal static void RequireThreads(int threads)
    {
        if (OptionModule.ToObj(Launch.BindingRefusal(threads, Processor.Allowed, Processor.Online)) is { } refusal)
            throw new MtrlException(refusal);
    }

    /// <summary>Rejects a run that several processes cannot share.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <exception cref="MtrlException">Its agent is off-policy, plays without waiting, or has fewer episodes than there are processes.</exception>
    internal void Require(Experiment experiment)
    {
        if (OptionModule.ToObj(EpisodeShares.Refusal(Size, experiment)) is { } refusal)
            throw new MtrlException(refusal);
    }

    /// <summary>Plays an iteration together with the other processes; at rank 0.</summary>
    /// <param name="iteration">From 0.</param>
    /// <param name="write">What <see cref="EpisodeServer.Play"/> reads.</param>
    /// <param name="play">The share of rank 0, with an <see cref="Exchange"/> for each round.</param>
    internal SampledEpisodes Play(long iteration, Action<BinaryWriter> write, Func<SampledEpisodes> play)
    {
        lock (_gate)
        {
            Begin(NameOf(iteration), Stopwatch.GetTimestamp());
            Send(Order.Play, order =>
            {
                order.Write(iteration);
                write(order);
            });
            return play();
        }
    }

    /// <summary>Brings the rows of all processes to rank 0.</summary>
    /// <param name="failure">Why this process has none; null: it has.</param>
    /// <param name="write">Writes those of this process.</param>
    /// <param name="read">Reads those of another process.</param>
    /// <param name="everywhere">Brings them to all processes.</param>
    /// <exception cref="MtrlException">Another process failed; at rank 0.</exception>
    /// <exception cref="AnsweredException">A process failed, and rank 0 was told; in the others.</exception>
    internal void Exchange(Exception? failure, Action<BinaryWriter> write, Action<BinaryReader> read, bool everywhere)
    {
        // Signs of life go between exchanges.
        lock (_gate)
        {
            NoteDuration();
            var rows = _processes.Gather(Bytes(answer =>
            {
                answer.Write(_ownStop.IsCancellationRequested);
                answer.Write(failure is not null);
                if (failure is not null)
                {
                    answer.Write($"rank {Rank} on {Environment.MachineName}: {failure.Message}");
                    answer.Write((failure as MtrlException)?.ExitCode ?? ExitCode.Stopped);
                }
                else if (Rank > 0 || everywhere)
                {
                    write(answer);
                }
            }));
            var (other, isStopped) = rows.Length > 0 ? Failure(rows) : (null, false);
            if (everywhere)
                rows = Spread(rows, isWhole: other is null && failure is null);
            if (Rank > 0 && (failure is not null || (everywhere && rows.Length == 0)))
                throw new AnsweredException();
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
            if (other is not null)
                throw other;
            for (var rank = 0; rank < rows.Length; rank++)
            {
                if (rank == Rank)
                    continue;
                using var reader = Reader(rows[rank]);
                read(reader);
            }

            NoteDuration();
            if (isStopped)
                _stopAsked.Cancel();
        }
    }

    /// <summary>Brings what came of some work to rank 0, or its failure.</summary>
    private void Answer(Action work, Action<BinaryWriter> write, Action<BinaryReader> read)
    {
        Exception? failure = null;
        try
        {
            work();
        }
        catch (Exception e)
        {
            failure = e;
        }

        try
        {
            Exchange(failure, write, read, everywhere: false);
        }
        catch (AnsweredException)
        {
            // Rank 0 knows.
        }
    }

    /// <summary>Rejects processes that would not do the same.</summary>
    private void Compare(IEnumerable<string> words, string library, Action<string> notice)
    {
        var ranks = new List<ProcessFacts>();
        Answer(() => ranks.Add(ProcessFacts.Own(words, library)), writer => ranks[0].Write(writer), reader => ranks.Add(ProcessFacts.Read(reader)));
        if (Rank == 0)
            ProcessFacts.Compare(ranks, notice);
    }

    /// <summary>The failures of the other processes, and whether one of all was asked to stop; moves behind both.</summary>
    private (MtrlException? Failure, bool IsStopped) Failure(byte[][] rows)
    {
        var (failures, code, isStopped) = (new List<string>(), ExitCode.Stopped, false);
        for (var rank = 0; rank < rows.Length; rank++)
        {
            using var reader = new BinaryReader(new MemoryStream(rows[rank]));
            isStopped |= reader.ReadBoolean();
            if (!reader.ReadBoolean() || rank == Rank)
                continue;
            failures.Add(reader.ReadString());
            code = reader.ReadInt32();
        }

        return (failures.Count == 0 ? null : new MtrlException(string.Join('\n', failures), code), isStopped);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    private static BinaryReader Reader(byte[] row) => new(new MemoryStream(row) { Position = 2 * sizeof(bool) });

    /// <summary>The rows of all processes, in all of them; none if they are not whole.</summary>
    private byte[][] Spread(byte[][] rows, bool isWhole)
    {
        var all = _processes.Broadcast(Bytes(spread =>
        {
            foreach (var row in isWhole ? rows : [])
            {
                spread.Write(row.Length);
                spread.Write(row);
            }
        }));
        using var reader = new BinaryReader(new MemoryStream(all));
        return Rank == 0 ? rows : all.Length == 0 ? [] : [.. Enumerable.Range(0, Size).Select(_ => reader.ReadBytes(reader.ReadInt32()))];
    }

    private void SendSigns(TimeSpan every)
    {
        while (!_end.Wait(every))
        {
            // Meanwhile the other processes may not wait for an order.
            if (!Monitor.TryEnter(_gate))
                continue;
            try
            {
                Send(Order.None, _ => { });
            }
            finally
            {
                Monitor.Exit(_gate);
            }
        }
    }

    private void Send(Order order, Action<BinaryWriter> write) => _processes.Broadcast(Bytes(bytes =>
    {
        bytes.Write((byte)order);
        write(bytes);
    }));

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var memory = new MemoryStream();
        using (var writer = new BinaryWriter(memory))
            write(writer);
        return memory.ToArray();
    }

    private static string NameOf(long iteration) => $"iteration {iteration:N0}";

    private void Begin(string place, long started)
    {
        _iterationStarted = started;
        if (_watchdog is not null)
            _watchdog.Place = place;
    }

    /// <summary>Tells the watchdog how long the iteration lasts so far.</summary>
    private void NoteDuration()
    {
        if (_watchdog is not null && _iterationStarted != 0)
            _watchdog.LongestIteration = Math.Max(
                _watchdog.LongestIteration, Stopwatch.GetElapsedTime(_iterationStarted).TotalSeconds);
    }

    /// <summary>A failure that rank 0 knows of: the process waits for its next order.</summary>
    internal sealed class AnsweredException : Exception;
}
