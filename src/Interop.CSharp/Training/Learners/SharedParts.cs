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
    private readonly IShards _all = Shards.Cut(count, threads);
    private readonly IShards _own = Shards.Cut(count / crew.Size, threads);

    public int Count => count;

    public Tensor[][] Map(Func<int, Tensor[]> body) => _all.Map(body);

    public Tensor[][] Addends(Func<int, Tensor[]> body)
    {
        var first = crew.Rank * _own.Count;
        var parts = _own.Map(part => body(first + part));
        return [Added(Shards.Sums([.. parts.TakeWhile(part => part.Length > 0)]))];
    }

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
