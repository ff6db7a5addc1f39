using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The parts of a batch, of which each process computes a block of neighbours where only sums are needed.</summary>
/// <param name="crew">As many processes as a power of two, at most as many as there are parts.</param>
/// <param name="count">Parts of a batch, a power of two.</param>
/// <param name="threads">Of this process.</param>
internal sealed class SharedParts(Crew crew, int count, IShards threads) : IShards
{
    private readonly IShards _all = Shards.OnThreads(count, threads);
    private readonly IShards _own = Shards.OnThreads(count / crew.Size, threads);

    public int Count => count;

    public Tensor[][] Map(Func<int, Tensor[]> body) => _all.Map(body);

    /// <inheritdoc/>
    /// <remarks>Where a batch has fewer parts, or sums between processes take too long, each computes all of them: the sums are the
    /// same.</remarks>
    public Tensor[][] Addends(int count, Func<int, Tensor[]> body)
    {
        if (count < Count || !crew.Sums.Pay)
            return _all.Addends(count, body);
        var first = crew.Rank * _own.Count;
        var started = Stopwatch.GetTimestamp();
        var own = Shards.Sums(_own.Map(part => body(first + part)));
        var computed = Stopwatch.GetTimestamp();
        Tensor[] sums = Added(own);
        crew.Sums.Note(computed - started, Stopwatch.GetTimestamp() - computed);
        return [sums];
    }

    public IShards Cut(int count) => new SharedParts(crew, count, threads);

    /// <summary>The sums over all processes, as new tensors of the current scope.</summary>
    private Tensor[] Added(Tensor[] own)
    {
        using var grad = no_grad();
        using var flat = cat([.. own.Select(x => x.detach().reshape(-1).cpu())]);
        crew.Add(flat);
        var sums = flat.split([.. own.Select(x => x.numel())]);
        return [.. sums.Zip(own, (sum, x) => sum.reshape(x.shape).to(x.device).clone())];
    }
}
