using System.Diagnostics;

namespace MtrlFunctional.Tensors;

public static partial class Processor
{
    /// <summary>
    /// Throughput of matrix products on this machine: the best of several rounds in which every thread multiplies
    /// square matrices, one thread per product.
    /// </summary>
    /// <param name="threads">Number of concurrent threads, at least 1.</param>
    /// <param name="numeric">Float32, Float64 or BFloat16.</param>
    /// <returns>GFLOP/s of all threads together (2 n³ operations a product).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public static double MeasureGemm(int threads, Numeric numeric)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        const int size = 1024, rounds = 12, products = 3;
        var spent = new double[rounds];
        using var barrier = new Barrier(threads);
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() => Multiply(i))).ToArray();
        foreach (var worker in workers)
            worker.Start();
        foreach (var worker in workers)
            worker.Join();
        return 2e-9 * size * size * size * products * threads / spent.Skip(1).Min();

        void Multiply(int worker)
        {
            Ops.SetThreads(1);
            using var scope = Ops.Scope();
            var x = Ops.ToType(Ops.Uniform(1, -1.0, 1.0, [size, size], Numeric.Float32, Ops.Cpu), numeric);
            for (var round = 0; round < rounds; round++)
            {
                barrier.SignalAndWait();
                var watch = Stopwatch.StartNew();
                for (var i = 0; i < products; i++)
                    Ops.MatMul(x, x).Dispose();
                barrier.SignalAndWait();
                if (worker == 0)
                    spent[round] = watch.Elapsed.TotalSeconds;
            }
        }
    }
}
