using MtrlFunctional.Algorithms;

namespace MtrlFunctional.Sampling;

/// <summary>Result of one episode.</summary>
/// <param name="Task">Index of its task.</param>
/// <param name="Return">Undiscounted sum of its rewards.</param>
/// <param name="Ever">Whether it had a success at any step.</param>
/// <param name="AtEnd">Whether its last step was a success.</param>
internal readonly record struct EpisodeResult(int Task, double Return, bool Ever, bool AtEnd)
{
    internal static EpisodeResult Start(int task) => new(task, 0, false, false);

    /// <summary>After a further step.</summary>
    internal EpisodeResult After(double reward, bool success) => new(Task, Return + reward, Ever || success, success);

    /// <summary>Writes all but the task.</summary>
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Return);
        writer.Write(Ever);
        writer.Write(AtEnd);
    }

    internal static EpisodeResult Read(BinaryReader reader, int task) =>
        new(task, reader.ReadDouble(), reader.ReadBoolean(), reader.ReadBoolean());
}

/// <summary>The episodes of an iteration, and the sampling time.</summary>
/// <param name="Episodes">Tensors of the scope of the sampling call.</param>
/// <param name="Results">One an episode, in the order of the plan and of time.</param>
/// <param name="UnstableSteps">Steps that were dropped because the physics failed.</param>
/// <param name="StepsLeftOut">Steps of the plan that were not played, because episodes end after a success.</param>
/// <param name="Seconds">Wall-clock time of sampling.</param>
/// <param name="PhysicsShare">Fraction of the threads' time spent in environment steps, in [0, 1].</param>
internal sealed record SampledEpisodes(
    Episodes Episodes, IReadOnlyList<EpisodeResult> Results, int UnstableSteps, long StepsLeftOut, double Seconds, double PhysicsShare)
    : IDisposable
{
    /// <summary>The first episode of each row, in the order of the plan.</summary>
    internal required IReadOnlyList<EpisodeResult> First { get; init; }

    /// <summary>
    /// Updates between the policy that played the iteration and the policy that learns from it; null: the experiment's
    /// lag.
    /// </summary>
    internal int? Lag { get; init; }

    /// <summary>Rounds of an iteration as one: the rows of each task one round behind the other, and the results of the
    /// last.</summary>
    internal static SampledEpisodes Together(IReadOnlyList<SampledEpisodes> rounds)
    {
        if (rounds.Count == 1)
            return rounds[0];
        var seconds = rounds.Sum(round => round.Seconds);
        return rounds[^1] with
        {
            Episodes = EpisodesModule.Concat(ListModule.OfSeq(rounds.Select(round => round.Episodes))),
            UnstableSteps = rounds.Sum(round => round.UnstableSteps),
            StepsLeftOut = rounds.Sum(round => round.StepsLeftOut),
            Seconds = seconds,
            PhysicsShare = rounds.Sum(round => round.PhysicsShare * round.Seconds) / seconds,
        };
    }

    private torch.Tensor[] Tensors => [Episodes.Obs, Episodes.Action, Episodes.Reward, Episodes.LastObs];

    /// <summary>Takes its tensors from the scope that they are in.</summary>
    internal SampledEpisodes Detached()
    {
        foreach (var tensor in Tensors)
            tensor.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Gives its tensors to the current scope.</summary>
    internal SampledEpisodes Attached()
    {
        foreach (var tensor in Tensors)
            tensor.AttachToScope();
        return this;
    }

    public void Dispose()
    {
        foreach (var tensor in Tensors)
            tensor.Dispose();
    }
}
