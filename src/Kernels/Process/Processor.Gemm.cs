using System.Diagnostics;
using TorchSharp;

namespace MtrlFunctional.Tensors;

public static partial class Processor
{
    /// <summary>Throughput of matrix products on this machine: the best of several rounds in which every thread multiplies square
    /// matrices, one thread per product.</summary>
    /// <param name="threads">Number of concurrent threads, at least 1.</param>
    /// <param name="type">Float32, Float64 or BFloat16.</param>
    /// <returns>GFLOP/s of all threads together (2 n³ operations a product).</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1.</exception>
    public static double MeasureGemm(int threads, torch.ScalarType type)
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
            Libtorch.SetThreads(1);
            using var scope = torch.NewDisposeScope();
            var x = torch.rand([size, size], torch.ScalarType.Float32, Libtorch.Cpu).to_type(type);
            for (var round = 0; round < rounds; round++)
            {
                barrier.SignalAndWait();
                var watch = Stopwatch.StartNew();
                for (var i = 0; i < products; i++)
                    Products.MatMul(x, x).Dispose();
                barrier.SignalAndWait();
                if (worker == 0)
                    spent[round] = watch.Elapsed.TotalSeconds;
            }
        }
    }
}
