using MtrlFunctional.Algorithms;
using MtrlFunctional.Processes;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>Threads of one of several processes, which share the parts of a batch once it is cut.</summary>
internal sealed class CrewShards(Crew crew, IShards threads) : IShards
{
    public int Count => threads.Count;

    public Tensor[][] Map(Func<int, Tensor[]> body) => threads.Map(body);

    public Tensor[][] Addends(int count, Func<int, Tensor[]> body) => threads.Addends(count, body);

    public IShards Cut(int count) => new SharedParts(crew, count, threads);
}
