namespace MtrlFunctional.Environments;

/// <summary>Steps and observations of an environment in the numbers of a multitask environment.</summary>
internal static class EnvironmentRows
{
    /// <summary>Applies an action.</summary>
    /// <param name="environment">Running.</param>
    /// <param name="spec">The specification of the environment.</param>
    /// <param name="action">Numbers of a continuous action, or the index of a discrete one.</param>
    internal static (double Reward, bool Terminated, bool Truncated) Move(
        this IEnvironment environment, EnvironmentSpec spec, ReadOnlySpan<double> action)
    {
        Span<float> row = stackalloc float[EnvironmentSpecModule.ActionSize(spec)];
        if (spec.Action.IsDiscrete)
        {
            OneHot.Write(row, (int)action[0]);
        }
        else
        {
            for (var i = 0; i < row.Length; i++)
                row[i] = (float)action[i];
        }

        var status = environment.Step(row);
        return (environment.Reward, status is EpisodeStatus.Terminated, status is EpisodeStatus.Truncated or EpisodeStatus.Unstable);
    }

    /// <summary>The observation; an array of the caller.</summary>
    /// <param name="environment">After a reset.</param>
    /// <param name="spec">The specification of the environment.</param>
    internal static double[] Observe(this IEnvironment environment, EnvironmentSpec spec)
    {
        var observation = new float[EnvironmentSpecModule.ObservationSize(spec)];
        environment.Observe(observation);
        return [.. observation.Select(x => (double)x)];
    }
}
