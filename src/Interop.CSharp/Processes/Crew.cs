using System.Runtime.ExceptionServices;
using MtrlFunctional.Sampling;
using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>The processes of one run: rank 0 trains and owns the folder. Of an on-policy agent the others play their share of the
/// episodes of every iteration and know nothing else. Where they share updates, as of an off-policy agent, they train, too: each plays
/// its share and computes its share of every gradient. So a run is the same with any number of them.</summary>
/// <remarks>Rank 0 sends orders (<see cref="Order"/>), and each process answers by its rows or by its failure
/// (<see cref="Exchange"/>). While rank 0 does something else, such as an update or an evaluation, it sends a sign of life
/// regularly, so that the others can tell a long wait from a dead one. Not thread-safe; the caller disposes it.</remarks>
public sealed partial class Crew : IDisposable
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
    private bool _isDisposed;

    // A rank with another processor than rank 0, as a sentence without its end.
    private string? _otherProcessor;

    // Of the iteration in progress; what fails before is told in their place.
    private bool _owesRows;

    /// <param name="processes">Disposed with it.</param>
    /// <param name="watchdog">Told of the iterations; null: none, and no signs of life.</param>
    /// <param name="patience">Its least seconds.</param>
    /// <param name="notice">Receives what the user should know; null: nothing is told.</param>
    internal Crew(ICommunicator processes, Watchdog? watchdog = null, double patience = LeastPatience, Action<string>? notice = null)
    {
        (_processes, _watchdog, Sums) = (processes, watchdog, new SharedSums(this, notice));
        if (Rank > 0 || watchdog is null)
            return;
        _signs = new Thread(() => SendSigns(TimeSpan.FromSeconds(patience * SignsOfLife))) { IsBackground = true, Name = "signs of life" };
        _signs.Start();
    }

    /// <summary>The number of this process, from 0.</summary>
    public int Rank => _processes.Rank;

    /// <summary>Processes.</summary>
    public int Size => _processes.Size;

    /// <summary>Whether sums between the processes pay.</summary>
    internal SharedSums Sums { get; }

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

        /// <summary>Do the piece of training that follows.</summary>
        Follow,

        /// <summary>No order comes any more.</summary>
        End,
    }

    /// <summary>Whether a launcher of MPI started others with this process.</summary>
    public static bool IsLaunched => Launched is not null;

    private static int? Launched => OptionModule.ToNullable(Launch.Size(Variable));

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
        var mpi = new MpiCommunicator([.. Launch.Libraries(Variable)], patience);
        if (OptionModule.ToObj(Launch.WorldRefusal(launched, mpi.Size, mpi.Version)) is { } refusal)
        {
            mpi.Dispose();
            throw new MtrlException(refusal);
        }

        var crew = new Crew(mpi, mpi.Watchdog, patience, mpi.Rank == 0 ? notice : null);
        try
        {
            crew.Compare(words, mpi.Version, notice ?? (_ => { }));
            return crew;
        }
        catch
        {
            crew.Dispose();
            throw;
        }
    }

    /// <summary>Plays or trains with rank 0 until it needs no more; in the other processes.</summary>
    /// <param name="stop">Asks rank 0 to save and to stop.</param>
    /// <param name="extensions">Parts that the experiment of rank 0 may name; null: none.</param>
    public void Serve(CancellationToken stop = default, Extensions? extensions = null)
    {
        _ownStop = stop;
        IDisposable? member = null;
        try
        {
            while (true)
            {
                var bytes = _processes.Broadcast([]);

                // Rows that a failure left out.
                if (bytes.Length == 0)
                    continue;
                using var order = new BinaryReader(new MemoryStream(bytes));
                switch ((Order)order.ReadByte())
                {
                    case Order.Prepare:
                        Begin("the start", started: 0);
                        member?.Dispose();
                        member = null;
                        Answer(() => member = Prepared(order, extensions ?? Extensions.None), _ => { }, _ => { });
                        break;
                    case Order.Follow:
                        var (step, piece) = (order.ReadInt64(), order.ReadByte());
                        Follow(step, () => ((TrainingReplica)member!).Do(piece));
                        break;
                    case Order.Play:
                        var iteration = order.ReadInt64();
                        Begin(NameOf(iteration), Stopwatch.GetTimestamp());
                        try
                        {
                            ((EpisodeServer)member!).Play(iteration, order);
                        }
                        catch (AnsweredException)
                        {
                            // Rank 0 knows.
                        }
                        catch (Exception failure) when (_owesRows)
                        {
                            Answer(() => ExceptionDispatchInfo.Throw(failure), _ => { }, _ => { });
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
            member?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
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
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="threads">Of each process.</param>
    /// <param name="folder">Of the run.</param>
    /// <param name="checkpoint">The folder of the checkpoint that the run goes on from; null: a new run.</param>
    internal void Prepare(Experiment experiment, int threads, string folder, string? checkpoint)
    {
        RequireThreads(threads);
        lock (_gate)
        {
            Begin("the start", started: 0);
            Send(Order.Prepare, order =>
            {
                order.Write(ExperimentModule.Render(experiment));
                order.Write(folder);
                order.Write(checkpoint ?? "");
            });
            Exchange(null, _ => { }, _ => { }, everywhere: false);
        }
    }

    /// <summary>Rejects a number of threads for which this process has too few processors.</summary>
    internal static void RequireThreads(int threads)
    {
        if (OptionModule.ToObj(Launch.BindingRefusal(threads, Processor.Allowed, Processor.Online)) is { } refusal)
            throw new MtrlException(refusal);
    }

    /// <summary>Rejects a run that several processes cannot share.</summary>
    internal void Require(Experiment experiment)
    {
        if (OptionModule.ToObj(EpisodeShares.Refusal(Size, experiment)) is { } refusal)
            throw new MtrlException(refusal);
        if (_otherProcessor is not null && UpdateShares.AreShared(Size, experiment))
            throw new MtrlException(
                $"{_otherProcessor}. The processes share updates, and other last bits would lead them apart: start them on machines of one kind "
                + "(Slurm: --constraint), or an on-policy agent with setup.parts=1.");
    }

    /// <summary>Plays an iteration together with the other processes, which get their shares; at rank 0, with an <see
    /// cref="Exchange"/> for each round.</summary>
    internal SampledEpisodes Play(long iteration, byte[] shares, Func<SampledEpisodes> play)
    {
        lock (_gate)
        {
            Begin(NameOf(iteration), Stopwatch.GetTimestamp());
            Send(Order.Play, order =>
            {
                order.Write(iteration);
                order.Write(shares);
            });
            try
            {
                return play();
            }
            catch (Exception failure) when (_owesRows)
            {
                // The others send theirs.
                Exchange(failure, _ => { }, _ => { }, everywhere: false);
                throw;
            }
        }
    }

    /// <summary>Rejects processes that would not do the same.</summary>
    private void Compare(IEnumerable<string> words, string library, Action<string> notice)
    {
        var ranks = new List<ProcessFacts>();
        Answer(() => ranks.Add(ProcessFacts.Own(words, library)), writer => ranks[0].Write(writer), reader => ranks.Add(ProcessFacts.Read(reader)));
        if (Rank == 0)
            _otherProcessor = ProcessFacts.Compare(ranks, notice);
    }

    /// <summary>What this process needs for the experiment of rank 0.</summary>
    private IDisposable Prepared(BinaryReader order, Extensions extensions)
    {
        var experiment = RunIdentity.Parse("the configuration of rank 0", order.ReadString(), extensions);
        RequireThreads(Learner.ThreadsOf(experiment, checkpoint: null));
        return UpdateShares.AreShared(Size, experiment)
            ? new TrainingReplica(experiment, this, order.ReadString(), order.ReadString(), extensions)
            : new EpisodeServer(experiment, this, extensions);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) ?? "";

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

    private static string NameOf(long iteration) => $"iteration {iteration:N0}";

    private void Begin(string place, long started)
    {
        _iterationStarted = started;
        _owesRows = started != 0;
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
}
