using System.Runtime.ExceptionServices;
using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Computes the parts of a batch at the same time, each on a thread that uses one processor: the first on the caller's
/// thread, which would be idle otherwise, the others on one worker thread each. Results depend on the number of parts, not on
/// timing: parts are summed by a fixed tree.</summary>
/// <remarks>One caller at a time; <see cref="Dispose"/> ends the threads. Operations on the caller's thread use one processor
/// from then on. Gradients are always enabled in the parts. Why not the threads of libtorch: its pool and the BLAS library's
/// hinder each other (docs/adr/0003-process-settings.md).</remarks>
public sealed class DataParallel : IShards, IDisposable
{
    private readonly Worker[] _workers;
    private int _call;
    private int _returned;
    private volatile bool _isRunning;
    private bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">Parts of a batch, and threads with the caller's, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    /// <exception cref="DllNotFoundException">libtorch cannot be loaded.</exception>
    public DataParallel(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);

        // Loads libtorch on the caller's thread: a failure on a worker thread would end the process.
        Libtorch.Require();
        _workers = new Worker[count - 1];
        for (var i = 1; i < count; i++)
            _workers[i - 1] = new Worker(this, i);
    }

    /// <inheritdoc/>
    public int Count => _workers.Length + 1;

    /// <summary>The number of a call in progress, and how many of its parts have returned tensors or failed; null between two calls. For other threads.</summary>
    internal (int Call, int Returned)? Progress =>
        _isRunning ? (Volatile.Read(ref _call), Volatile.Read(ref _returned)) : null;

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The threads have ended.</exception>
    /// <exception cref="InvalidOperationException">Called by a part of another call: the threads would mix their results.</exception>
    public Tensor[][] Map(Func<int, Tensor[]> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        ObjectDisposedException.ThrowIf(_disposed, typeof(DataParallel));
        if (_isRunning)
            throw new InvalidOperationException("A part of a parallel computation began another one on the same threads.");
        Volatile.Write(ref _returned, 0);
        Volatile.Write(ref _call, _call + 1);
        var results = new Result[Count];
        _isRunning = true;
        try
        {
            Compute(body, results);
        }
        finally
        {
            _isRunning = false;
        }

        var failure = Array.Find(results, result => result.Failure is not null).Failure;
        if (failure is not null)
        {
            foreach (var tensor in results.SelectMany(result => result.Tensors))
                tensor.Dispose();
            failure.Throw();
        }

        foreach (var tensor in results.SelectMany(result => result.Tensors))
            tensor.AttachToScope();
        return Array.ConvertAll(results, result => result.Tensors);
    }

    /// <inheritdoc/>
    public Tensor[][] Addends(int count, Func<int, Tensor[]> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return Shards.First(this, count, FuncConvert.FromFunc(body));
    }

    /// <inheritdoc/>
    public IShards Cut(int count) => Shards.OnThreads(count, this);

    /// <summary>Ends the threads; not during a call.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var worker in _workers)
            worker.Dispose();
    }

    /// <summary>Computes all parts. None runs on when it returns or fails, for example without memory for a result.</summary>
    private void Compute(Func<int, Tensor[]> body, Result[] results)
    {
        foreach (var worker in _workers)
            worker.Start(body);
        try
        {
            if (get_num_threads() != 1)
                Libtorch.SetThreads(1);
            results[0] = Compute(body, 0);
        }
        finally
        {
            for (var i = 0; i < _workers.Length; i++)
                results[i + 1] = _workers[i].Await();
        }
    }

    private readonly record struct Result(Tensor[] Tensors, ExceptionDispatchInfo? Failure);

    private Result Compute(Func<int, Tensor[]> body, int part)
    {
        try
        {
            using var scope = torch.NewDisposeScope();
            using var recorded = enable_grad();
            var tensors = body(part);
            foreach (var tensor in tensors)
                tensor.DetachFromDisposeScope();

            // With more threads than parts, some threads have no part.
            if (tensors.Length > 0)
                Interlocked.Increment(ref _returned);
            return new Result(tensors, null);
        }
        catch (Exception e)
        {
            Interlocked.Increment(ref _returned);
            return new Result([], ExceptionDispatchInfo.Capture(e));
        }
    }

    /// <summary>A thread that computes one part for each <see cref="Start"/>.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim _started = new(0);
        private readonly SemaphoreSlim _finished = new(0);
        private readonly DataParallel _owner;
        private readonly Thread _thread;
        private readonly int _part;
        private Func<int, Tensor[]>? _body;
        private Result _result;
        private bool _disposed;

        internal Worker(DataParallel owner, int part)
        {
            (_owner, _part) = (owner, part);
            _thread = new Thread(Run) { IsBackground = true, Name = $"part {part}" };
            _thread.Start();
        }

        internal void Start(Func<int, Tensor[]> body)
        {
            _body = body;
            _started.Release();
        }

        internal Result Await()
        {
            _finished.Wait();
            return _result;
        }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            _body = null;
            _started.Release();
            _thread.Join();
            _started.Dispose();
            _finished.Dispose();
        }

        private void Run()
        {
            Libtorch.SetThreads(1);
            for (_started.Wait(); _body is { } body; _started.Wait())
            {
                _result = _owner.Compute(body, _part);
                _finished.Release();
            }
        }
    }
}
