namespace MtrlFunctional.Environments;

/// <summary>Everything that decides how the environments go on, as named arrays: to be stored in a checkpoint. Names: "3/world"
/// belongs to environment 3; names without a number hold one entry an environment.</summary>
/// <param name="Numbers">Real numbers.</param>
/// <param name="Counters">Whole numbers and flags.</param>
public sealed record EnvironmentState(
    IReadOnlyDictionary<string, double[]> Numbers, IReadOnlyDictionary<string, long[]> Counters)
{
    /// <summary>The observations, where they are pictures: only the newest of a stack could be drawn again.</summary>
    public byte[]? Frames { get; init; }
}

/// <summary>Saving and going on.</summary>
public sealed partial class VectorEnvironment
{
    /// <summary>Everything that decides how the environments go on; between two calls, also in the middle of an episode.</summary>
    /// <returns>Named arrays.</returns>
    public EnvironmentState Save()
    {
        var saved = new EpisodeState[Count];
        for (var i = 0; i < Count; i++)
            if (IsPlayedHere(i))
                saved[i] = Saved(i);
        if (_crew is not null)
            ShareStates(saved);
        var numbers = new Dictionary<string, double[]> { ["return"] = [.. _returns] };
        for (var i = 0; i < Count; i++)
            foreach (var (name, array) in saved[i].Numbers)
                numbers[$"{i}/{name}"] = array;

        long[] Flags(Func<EpisodeStatus, bool> of) => Array.ConvertAll(saved, s => of(s.Status) ? 1L : 0);
        var counters = new Dictionary<string, long[]>
        {
            ["episode"] = [.. _episodes],
            ["goal"] = Array.ConvertAll(_instances, instance => (long)instance),
            ["steps"] = Array.ConvertAll(saved, s => (long)s.Steps),
            ["truncated"] = Flags(status => status is EpisodeStatus.Truncated or EpisodeStatus.Unstable),
            ["unstable"] = Flags(status => status is EpisodeStatus.Unstable),
            ["succeeded"] = Array.ConvertAll(_succeeded, s => s ? 1L : 0),
            ["unstable_steps"] = [.. _unstableSteps],
        };
        if (Spec.Terminates)
            counters["terminated"] = Flags(status => status is EpisodeStatus.Terminated);
        return new EnvironmentState(numbers, counters) { Frames = _pictures?.Frames.ToArray() };
    }

    /// <summary>Restores a saved state of environments with the same family and options: all further steps are bit-identical to
    /// the saved environments' steps.</summary>
    /// <param name="state">Result of <see cref="Save"/>.</param>
    /// <exception cref="MtrlException">The state belongs to other environments or another simulator: reset or restore before the
    /// next step.</exception>
    public void Restore(EnvironmentState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var (episodes, instances, steps) = (Of("episode"), Of("goal"), Of("steps"));
        var (truncated, unstable) = (Of("truncated"), Of("unstable"));
        var terminated = Spec.Terminates ? Of("terminated") : new long[Count];
        var (succeeded, unstableSteps) = (Of("succeeded"), Of("unstable_steps"));
        if (!state.Numbers.TryGetValue("return", out var returns) || returns.Length != Count)
            throw Misfit(Entries("return", returns?.Length));

        if (_pictures is not null && state.Frames?.Length != _pictures.Frames.Length)
            throw Misfit(Entries("frames", state.Frames?.Length, _pictures.Frames.Length));

        var numbers = NumbersOfEach(state);
        _workers.Run(Count, i =>
        {
            var status = StatusOf(terminated[i] != 0, truncated[i] != 0, unstable[i] != 0);
            try
            {
                _environments[i].Load(new EpisodeState((int)steps[i], status, numbers[i]));
            }
            catch (MtrlException e)
            {
                throw Misfit($"environment {i} ({TaskNames[i]}): {e.Message}", e);
            }
            catch (Exception e)
            {
                throw Misfit($"environment {i} ({TaskNames[i]}): its {nameof(IEnvironment.Load)} failed: {e.Message.TrimEnd('.')}.", e);
            }

            (_episodes[i], _instances[i], _returns[i]) = (episodes[i], (int)instances[i], returns[i]);
            (_succeeded[i], _unstableSteps[i]) = (succeeded[i] != 0, unstableSteps[i]);
            (_success[i], _rewards[i]) = (false, 0);
            Show(i, status);
            ObserveInto(_current, i);
        });
        _pictures?.Restore(state.Frames);
        _current.CopyTo(_next, 0);

        long[] Of(string name) =>
            state.Counters.TryGetValue(name, out var found) && found.Length == Count
                ? found
                : throw Misfit(Entries(name, found?.Length));

        string Entries(string name, int? found, int? expected = null) =>
            found is null ? $"'{name}' is missing." : $"'{name}' has {found} entries, expected {expected ?? Count}.";

        static MtrlException Misfit(string what, Exception? inner = null) => new(
            $"The saved environments do not fit: {what} They were saved with other tasks or another version of the simulator.",
            inner: inner);
    }

    private static EpisodeStatus StatusOf(bool terminated, bool truncated, bool unstable) =>
        unstable ? EpisodeStatus.Unstable
        : terminated ? EpisodeStatus.Terminated
        : truncated ? EpisodeStatus.Truncated
        : EpisodeStatus.Running;

    private Dictionary<string, double[]>[] NumbersOfEach(EnvironmentState state)
    {
        var each = Array.ConvertAll(_environments, _ => new Dictionary<string, double[]>());
        foreach (var (name, array) in state.Numbers)
        {
            var slash = name.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && int.TryParse(name.AsSpan(0, slash), CultureInfo.InvariantCulture, out var i) && (uint)i < (uint)Count)
                each[i][name[(slash + 1)..]] = array;
        }

        return each;
    }
}
