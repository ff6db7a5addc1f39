using MtrlFunctional.Algorithms;
using MtrlFunctional.Sampling;
using MtrlFunctional.Training;
using static TorchSharp.torch;

namespace MtrlFunctional.Processes;

/// <summary>Plays the share of a process in the episodes of a run that rank 0 trains.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class EpisodeServer : IDisposable
{
    private readonly EpisodeSampler _sampler;
    private readonly OnPolicyLearner _learner;

    /// <summary>Creates the environments and a policy of the experiment of rank 0.</summary>
    /// <exception cref="MtrlException">A task or GPU is not available.</exception>
    internal EpisodeServer(Experiment experiment, Crew crew, Extensions extensions)
    {
        _sampler = new EpisodeSampler(experiment, Learner.ThreadsOf(experiment, checkpoint: null), extensions, crew);
        try
        {
            _learner = (OnPolicyLearner)Learner.Create(experiment, _sampler.Spec, threads: 1, extensions);
        }
        catch
        {
            _sampler.Dispose();
            throw;
        }
    }

    /// <summary>What <see cref="Play"/> reads: the episodes of each group, the updates so far, and the tensors of a policy that
    /// its actions depend on.</summary>
    internal static byte[] OrderOf(int[] played, long updates, IEnumerable<Tuple<string, Tensor>> policy) => Crew.Bytes(order =>
    {
        order.Write(played.Length);
        foreach (var number in played)
            order.Write(number);
        order.Write(updates);
        foreach (var (name, tensor) in policy)
            if (OnPolicyStateModule.IsPlayed(name))
                order.Write(tensor.cpu().contiguous().bytes);
    });

    internal void Play(long iteration, BinaryReader order)
    {
        using var scope = torch.NewDisposeScope();
        int[] played = [.. Enumerable.Range(0, order.ReadInt32()).Select(_ => order.ReadInt32())];
        var updates = order.ReadInt64();

        // States of one experiment have the same tensors.
        var policy = _learner.Named().ToDictionary(
            named => named.Item1, named => OnPolicyStateModule.IsPlayed(named.Item1) ? Read(order, named.Item2) : named.Item2);
        ((ILearner)_learner).RestoreOwn(policy.GetValueOrDefault, updates);
        _sampler.SampleRounds(
            iteration, _learner.BehaviourPolicies[^1], _learner, plan => SamplingPlanModule.Allotted(played, plan), _ => { },
            CancellationToken.None);
    }

    public void Dispose()
    {
        _learner.Dispose();
        _sampler.Dispose();
    }

    private static Tensor Read(BinaryReader reader, Tensor like)
    {
        var read = torch.empty(like.shape, like.dtype, Libtorch.Cpu);
        reader.BaseStream.ReadExactly(read.bytes);
        return read;
    }
}
