namespace MtrlFunctional.Environments;

/// <summary>A fixed set of threads that process numbered pieces of work, the calling thread included. The assignment of pieces to
/// threads is not deterministic; pieces must be independent.</summary>
/// <remarks>Between two calls the threads spin for some ten microseconds, then sleep: environment steps come in quick succession,
/// and a network update in between needs the cores.</remarks>
internal sealed class WorkerPool : IDisposable
{
    private const int SpinTurns = 100;

    private readonly object _gate = new();
    private readonly Thread[] _workers;
    private readonly Func<bool> _allDone;
    private Action<int> _work = _ => { };
    private int _count;
    private int _next;
    private int _busy;
    private int _call;
    private int _sleeping;
    private Exception? _failure;
    private volatile bool _stopping;
    private volatile bool _isRunning;

    internal WorkerPool(int threads)
    {
        _allDone = () => Volatile.Read(ref _busy) == 0;
        _workers = new Thread[threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Thread(Serve) { IsBackground = true, Name = $"environments {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads that wait for a signal: they no longer spin.</summary>
    internal int Waiting => Volatile.Read(ref _sleeping);

    /// <summary>A number that differs after every piece taken and every call; null between two calls. For other
    /// threads.</summary>
    internal long? Progress =>
        _isRunning ? ((long)Volatile.Read(ref _call) << 32) + Volatile.Read(ref _next) - Volatile.Read(ref _busy) : null;

    /// <summary>Does pieces 0 to count − 1; returns when all are done.</summary>
    /// <exception cref="Exception">The first exception of a piece; the other pieces were still done.</exception>
    internal void Run(int count, Action<int> work)
    {
        if (_stopping)
            throw new ObjectDisposedException(null, "The environments are disposed.");
        (_work, _count, _next, _busy, _failure) = (work, count, 0, _workers.Length, null);
        _isRunning = true;
        if (_workers.Length == 0)
        {
            _call++;
            DoAllPieces();
        }
        else
        {
            Interlocked.Increment(ref _call);
            Wake();
            TakePieces();
            WaitUntil(_allDone);
        }

        _isRunning = false;
        if (_failure is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _call);
        Wake();
        foreach (var worker in _workers)
            worker.Join();
    }

    private void Serve()
    {
        var lastCall = 0;
        bool IsCalled() => Volatile.Read(ref _call) != lastCall;
        Func<bool> called = IsCalled;
        while (true)
        {
            WaitUntil(called);
            lastCall = Volatile.Read(ref _call);
            if (_stopping)
                return;
            TakePieces();
            if (Interlocked.Decrement(ref _busy) == 0)
                Wake();
        }
    }

    private void TakePieces()
    {
        int piece;
        while ((piece = Interlocked.Increment(ref _next) - 1) < _count)
            Do(piece);
    }

    // Without other threads nothing has to be atomic.
    private void DoAllPieces()
    {
        for (var piece = 0; piece < _count; piece++)
            Do(piece);
    }

    private void Do(int piece)
    {
        try
        {
            _work(piece);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
        }
    }

    // Call after changing a condition. A sleeping thread increments the counter before it
    // checks the condition last, so either it is counted here or it has read the change.
    private void Wake()
    {
        if (Interlocked.CompareExchange(ref _sleeping, 0, 0) == 0)
            return;
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    private void WaitUntil(Func<bool> condition)
    {
        for (var turn = 0; turn < SpinTurns; turn++)
        {
            if (condition())
                return;
            Thread.SpinWait(8);
        }

        lock (_gate)
        {
            Interlocked.Increment(ref _sleeping);
            while (!condition())
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _sleeping);
        }
    }
}
