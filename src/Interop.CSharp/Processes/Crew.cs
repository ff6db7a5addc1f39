using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>The processes of one run: rank 0 trains and owns the folder. Of an on-policy agent the others play their share of
/// iterations and evaluations by its policies. Where they share updates, as of an off-policy agent, they train, too: each plays its share
/// and computes its share of every gradient. So a run is the same with any number of them.</summary>
/// <remarks>Rank 0 sends orders (<see cref="Order"/>) of what all do together (<see cref="Together(Action)"/>). While rank 0 does something
/// else, such as an update or a checkpoint, it sends a sign of life regularly, so that the others can tell a long wait from a dead one.
/// Not thread-safe; the caller disposes it.</remarks>
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

        /// <summary>Do the piece of training that follows.</summary>
        Do,

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

        return new Crew(mpi, mpi.Watchdog, patience, mpi.Rank == 0 ? notice : null)
            .Prepared(crew => crew.Compare(words, mpi.Version, notice ?? (_ => { })));
    }

    /// <summary>Plays or trains with rank 0 until it needs no more; in the other processes.</summary>
    /// <param name="stop">Asks rank 0 to save and to stop.</param>
    /// <param name="extensions">Parts that the experiment of rank 0 may name; null: none.</param>
    public void Serve(CancellationToken stop = default, Extensions? extensions = null)
    {
        _ownStop = stop;
        Trainer? trainer = null;
        try
        {
            while (true)
            {
                using var order = new BinaryReader(new MemoryStream(_processes.Broadcast([])));
                switch ((Order)order.ReadByte())
                {
                    case Order.Prepare:
                        Begin(order.ReadString(), started: 0);
                        trainer?.Dispose();
                        trainer = null;
                        Together(() => trainer = Replica(order, extensions ?? Extensions.None));
                        break;
                    case Order.Do:
                        Begin(order.ReadString(), Stopwatch.GetTimestamp());
                        Together(() =>
                        {
                            trainer!.Do(order);
                            trainer.Learner.TakeConflicts();
                        });
                        break;
                    case Order.End:
                        _isOver = true;
                        return;
                }
            }
        }
        finally
        {
            trainer?.Dispose();
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

    /// <summary>Lets the other processes build what an experiment needs, and go on from the folder of a checkpoint, if there is
    /// one; at rank 0.</summary>
    /// <exception cref="MtrlException">It does not run with several processes, or one of them failed.</exception>
    internal void Prepare(Experiment experiment, int threads, string folder, string? checkpoint)
    {
        RequireThreads(threads);
        Lead(
            Order.Prepare,
            "the start",
            order =>
            {
                order.Write(ExperimentModule.Render(experiment));
                order.Write(folder);
                order.Write(checkpoint ?? "");
            },
            () => true);
    }

    /// <summary>Does a piece of training in all processes; at rank 0.</summary>
    /// <param name="place">What the piece is, for messages.</param>
    /// <param name="order">What the others need for it: <see cref="Trainer.Do"/>.</param>
    /// <param name="work">The same in all processes.</param>
    /// <exception cref="MtrlException">Another process failed.</exception>
    internal T Together<T>(string place, Action<BinaryWriter> order, Func<T> work) => Lead(Order.Do, place, order, work);

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

    /// <summary>Rejects processes that would not do the same.</summary>
    private void Compare(IEnumerable<string> words, string library, Action<string> notice)
    {
        var ranks = new List<ProcessFacts>();
        Together(() =>
        {
            ranks.Add(ProcessFacts.Own(words, library));
            Exchange(ranks[0].Write, reader => ranks.Add(ProcessFacts.Read(reader)), everywhere: false);
        });
        if (Rank == 0)
            _otherProcessor = ProcessFacts.Compare(ranks, notice);
    }

    /// <summary>A trainer in the state of the one of rank 0, which went on from a checkpoint if its folder is named.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available, too little memory, or the checkpoint is not seen
    /// here.</exception>
    private Trainer Replica(BinaryReader order, Extensions extensions)
    {
        var experiment = RunIdentity.Parse("the configuration of rank 0", order.ReadString(), extensions);
        RequireThreads(Learner.ThreadsOf(experiment, checkpoint: null));
        var (folder, checkpoint) = (order.ReadString(), order.ReadString());
        if (checkpoint.Length > 0 && !Directory.Exists(checkpoint))
            throw new MtrlException(
                $"{checkpoint}: is not there. Processes that share updates read the newest checkpoint of their run: put the run on a disk that all machines see.");
        var saved = checkpoint.Length == 0 ? null : Checkpoint.Open(checkpoint, _ => Scrutiny.Length);
        return Trainer.Create(experiment, saved, extensions, folder, this).Prepared(trainer =>
        {
            if (saved is not null)
                RunState.Load(saved, trainer);
            else if (UpdateShares.AreShared(Size, experiment))
                PolicyStart.Apply(
                    experiment, trainer.EvaluationEnvironments ?? trainer.Environments, trainer.Learner, extensions, notice: null);
        });
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

    private T Lead<T>(Order kind, string place, Action<BinaryWriter> order, Func<T> work)
    {
        lock (_gate)
        {
            Begin(place, kind == Order.Prepare ? 0 : Stopwatch.GetTimestamp());
            Send(kind, bytes =>
            {
                bytes.Write(place);
                order(bytes);
            });
            var done = default(T)!;
            Together(() => done = work());
            return done;
        }
    }

    private void Send(Order order, Action<BinaryWriter> write) => _processes.Broadcast(Bytes(bytes =>
    {
        bytes.Write((byte)order);
        write(bytes);
    }));

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
}
