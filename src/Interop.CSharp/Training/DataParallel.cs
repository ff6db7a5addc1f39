using System.Runtime.ExceptionServices;
using Mtrl.Algorithms;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>
/// Computes the parts of a batch at the same time, each on a thread of its own that uses one processor.
/// Results depend on the number of parts, not on timing: parts are always added in the same order.
/// </summary>
/// <remarks>
/// One caller at a time; <see cref="Dispose"/> ends the threads. Why not the threads of libtorch: its
/// pool and that of the BLAS library hinder each other (docs/adr/0003-process-settings.md).
/// </remarks>
public sealed class DataParallel : IShards, IDisposable
{
    private readonly Worker[] _workers;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">Parts of a batch and threads, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public DataParallel(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        _workers = new Worker[count];
        for (var i = 0; i < count; i++)
            _workers[i] = new Worker(i);
    }

    /// <inheritdoc/>
    public int Count => _workers.Length;

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The threads have ended.</exception>
    public Tensor[][] Map(Func<int, Tensor[]> body)
    {
        foreach (var worker in _workers)
            worker.Start(body);

        // All are waited for, also when one fails, so that none still runs when the caller goes on.
        var results = Array.ConvertAll(_workers, worker => worker.Await());
        var failure = Array.Find(results, result => result.Failure is not null).Failure;
        if (failure is not null)
        {
            foreach (var tensor in results.SelectMany(result => result.Tensors))
                tensor.Dispose();
            failure.Throw();
        }

        foreach (var tensor in results.SelectMany(result => result.Tensors))
            Ops.AttachToScope(tensor);
        return Array.ConvertAll(results, result => result.Tensors);
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        foreach (var worker in _workers)
            worker.Dispose();
    }

    private readonly record struct Result(Tensor[] Tensors, ExceptionDispatchInfo? Failure);

    /// <summary>A thread that computes one part whenever it is asked to.</summary>
    private sealed class Worker : IDisposable
    {
        private readonly SemaphoreSlim _asked = new(0);
        private readonly SemaphoreSlim _answered = new(0);
        private readonly Thread _thread;
        private readonly int _part;
        private Func<int, Tensor[]>? _body;
        private Result _result;
        private bool _disposed;

        internal Worker(int part)
        {
            _part = part;
            _thread = new Thread(Run) { IsBackground = true, Name = $"part {part}" };
            _thread.Start();
        }

        internal void Start(Func<int, Tensor[]> body)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(DataParallel));
            _body = body;
            _asked.Release();
        }

        internal Result Await()
        {
            _answered.Wait();
            return _result;
        }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            _body = null;
            _asked.Release();
            _thread.Join();
            _asked.Dispose();
            _answered.Dispose();
        }

        private void Run()
        {
            Ops.SetThreads(1);
            for (_asked.Wait(); _body is { } body; _asked.Wait())
            {
                _result = Compute(body);
                _answered.Release();
            }
        }

        private Result Compute(Func<int, Tensor[]> body)
        {
            try
            {
                using var scope = Ops.Scope();
                var tensors = body(_part);
                foreach (var tensor in tensors)
                    Ops.DetachFromScopes(tensor);
                return new Result(tensors, null);
            }
            catch (Exception e)
            {
                return new Result([], ExceptionDispatchInfo.Capture(e));
            }
        }
    }
}
