namespace MtrlFunctional.Environments;

/// <content>Numbers of environments are checked where they come in, before anything is stored or learned from them.</content>
public sealed partial class VectorEnvironment
{
    /// <exception cref="MtrlException">A reward or a number of an observation is not finite.</exception>
    private void RequireFinite(int i, float reward, float[] observations)
    {
        var observation = _pictures is null ? observations.AsSpan(i * ObservationSize, ObservationSize) : [];
        if (float.IsFinite(reward) && FiniteNumbers.All(observation))
            return;

        var what = $"a reward of {reward}";
        for (var place = 0; float.IsFinite(reward) && place < observation.Length; place++)
            if (!float.IsFinite(observation[place]))
                what = $"an observation with {observation[place]} at place {place}";
        throw new MtrlException(
            $"{TaskNames[i]}: its environment gave {what} in step {EpisodeSteps(i)} of episode {_episodes[i]}. "
            + "Numbers of environments must be finite; training stopped, and nothing of this step is kept.",
            ExitCode.Stopped);
    }
}
