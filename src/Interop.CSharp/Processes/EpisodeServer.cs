using MtrlFunctional.Sampling;
using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>Plays the share of a process in the episodes of a run that rank 0 trains.</summary>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class EpisodeServer : IDisposable
{
    private readonly EpisodeSampler _sampler;
    private readonly OnPolicyLearner _learner;
    private readonly IterationPlayer _player;

    /// <summary>Creates the environments and a policy.</summary>
    /// <param name="config">The experiment, as a run's configuration has it.</param>
    /// <param name="crew">The processes.</param>
    /// <param name="extensions">Parts that the experiment names.</param>
    /// <exception cref="MtrlException">A task or GPU is not available, or too few processors.</exception>
    internal EpisodeServer(string config, Crew crew, Extensions extensions)
    {
        var experiment = RunIdentity.Parse("the configuration of rank 0", config, extensions);
        var threads = TrainingDevice.ThreadsOf(experiment, checkpoint: null);
        Crew.RequireThreads(threads);
        _sampler = new EpisodeSampler(experiment, threads, extensions.Family, crew: crew);
        try
        {
            _learner = (OnPolicyLearner)Learner.Create(
                experiment, _sampler.Spec, threads: 1, extensions.Agent);
        }
        catch
        {
            _sampler.Dispose();
            throw;
        }

        _player = new IterationPlayer(experiment, _sampler, _learner);
    }

    /// <summary>What <see cref="Play"/> reads.</summary>
    /// <param name="played">Episodes of each group.</param>
    /// <param name="updates">Updates before the iteration is ordered.</param>
    /// <param name="policy">Its tensors.</param>
    internal static byte[] OrderOf(int[] played, long updates, PolicyTensors policy) => Crew.Bytes(order =>
    {
        order.Write(played.Length);
        foreach (var number in played)
            order.Write(number);
        order.Write(updates);
        policy.Write(order);
    });

    /// <summary>Plays an iteration.</summary>
    /// <param name="iteration">Its number.</param>
    /// <param name="order">What <see cref="OrderOf"/> wrote.</param>
    internal void Play(long iteration, BinaryReader order)
    {
        using var scope = torch.NewDisposeScope();
        int[] played = [.. Enumerable.Range(0, order.ReadInt32()).Select(_ => order.ReadInt32())];
        PolicyTensors.Restore(_learner, order, order.ReadInt64());
        _player.Play(iteration, _learner.BehaviourPolicies[^1], plan => SamplingPlanModule.Allotted(played, plan), _ => { }, CancellationToken.None);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _learner.Dispose();
        _sampler.Dispose();
    }
}
