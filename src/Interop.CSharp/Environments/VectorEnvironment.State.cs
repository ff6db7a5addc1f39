namespace MtrlFunctional.Environments;

/// <summary>Saving and going on.</summary>
public sealed partial class VectorEnvironment
{
    /// <summary>Everything that decides how the environments go on; between two calls, also in the middle of an episode.</summary>
    /// <returns>Named arrays.</returns>
    public EnvironmentState Save()
    {
        var saved = Array.ConvertAll(_environments, environment => environment.Save());
        var numbers = new Dictionary<string, double[]> { ["return"] = [.. _returns] };
        for (var i = 0; i < Count; i++)
        {
            numbers[$"{i}/randomisation"] = [.. saved[i].Random];
            numbers[$"{i}/world"] = saved[i].World;
            numbers[$"{i}/frame"] = [.. saved[i].Frame];
            numbers[$"{i}/observation"] = [.. saved[i].Observation];
            numbers[$"{i}/first_observation"] = [.. saved[i].FirstObservation];
        }

        var counters = new Dictionary<string, long[]>
        {
            ["episode"] = [.. _episodes],
            ["goal"] = Array.ConvertAll(_goals, goal => (long)goal),
            ["steps"] = Array.ConvertAll(saved, s => (long)s.PathLength),
            ["truncated"] = Array.ConvertAll(saved, s => s.Truncated ? 1L : 0),
            ["unstable"] = Array.ConvertAll(saved, s => s.Unstable ? 1L : 0),
            ["succeeded"] = Array.ConvertAll(_succeeded, s => s ? 1L : 0),
            ["unstable_steps"] = [.. _unstableSteps],
        };
        return new EnvironmentState(numbers, counters);
    }

    /// <summary>
    /// Takes over a saved state of environments with the same options: all further steps are
    /// bit-identical to those of the environments that were saved.
    /// </summary>
    /// <param name="state">What <see cref="Save"/> returned.</param>
    /// <exception cref="MtrlException">The state belongs to other environments or another engine.</exception>
    public void Restore(EnvironmentState state)
    {
        var saved = new SavedEpisode[Count];
        var (episodes, goals, returns) = (Of("episode"), Of("goal"), Numbers("return", Count));
        var (steps, truncated, unstable) = (Of("steps"), Of("truncated"), Of("unstable"));
        var (succeeded, unstableSteps) = (Of("succeeded"), Of("unstable_steps"));
        for (var i = 0; i < Count; i++)
        {
            saved[i] = new SavedEpisode(
                Numbers($"{i}/randomisation", _options.Slots[i].Task.RandomLow.Length),
                Numbers($"{i}/world", _environments[i].World.StateSize),
                Numbers($"{i}/frame", ObservationSize / 2 - 1),
                Numbers($"{i}/observation", ObservationSize),
                Numbers($"{i}/first_observation", steps[i] > 0 ? ObservationSize : null),
                (int)steps[i],
                truncated[i] != 0,
                unstable[i] != 0);
        }

        _workers.Run(Count, i =>
        {
            _environments[i].Load(saved[i]);
            (_episodes[i], _goals[i], _returns[i]) = (episodes[i], (int)goals[i], returns[i]);
            (_succeeded[i], _unstableSteps[i]) = (succeeded[i] != 0, unstableSteps[i]);
            (_success[i], _truncated[i], _unstable[i], _rewards[i]) = (false, saved[i].Truncated, saved[i].Unstable, 0);
            WriteObservation(_environments[i], i, _current);
        });
        _current.CopyTo(_previous, 0);
        _current.CopyTo(_next, 0);

        long[] Of(string name) =>
            state.Counters.TryGetValue(name, out var found) && found.Length == Count
                ? found
                : throw Foreign(name, found?.Length, Count);

        double[] Numbers(string name, int? length) =>
            state.Numbers.TryGetValue(name, out var found) && (length is null || found.Length == length)
                ? [.. found]
                : throw Foreign(name, found?.Length, length ?? 0);

        static MtrlException Foreign(string name, int? found, int right) => new(
            $"The saved environments do not fit: '{name}' "
            + (found is null ? "is missing." : $"has {found} entries, {right} are right.")
            + " They were saved with other tasks or another version of MuJoCo.");
    }
}
