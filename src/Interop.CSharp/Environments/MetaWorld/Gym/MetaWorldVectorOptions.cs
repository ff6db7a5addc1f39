namespace MtrlFunctional.Environments.Gym;

/// <summary>How a vector of environments of <see cref="MetaWorld"/> behaves. The defaults are Meta-World's.</summary>
public sealed record MetaWorldVectorOptions : MetaWorldOptions
{
    /// <summary>Behaviour at the end of an episode.</summary>
    public AutoresetMode Autoreset { get; init; } = AutoresetMode.SameStep;

    /// <summary>Threads that step the environments, the caller's included. Null: one a processor. Results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>For meta-learning: the number of environments, a multiple of the number of tasks; each task's goals are divided
    /// among its environments. Null: the least such number from 20 on.</summary>
    public int? MetaBatchSize { get; init; }

    internal override void Validate()
    {
        base.Validate();
        if (Threads is { } threads)
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(Threads));
    }

    internal int EnvironmentsPerTask(int tasks)
    {
        const int usual = 20;
        var size = MetaBatchSize ?? (usual + tasks - 1) / tasks * tasks;
        if (size < 1 || size % tasks != 0)
            throw new ArgumentException($"{nameof(MetaBatchSize)} = {size}: must be a multiple of {tasks}, the number of tasks.");
        if (size / tasks > Goals)
            throw new ArgumentException(
                $"{nameof(MetaBatchSize)} = {size}: {size / tasks} environments a task cannot share {Goals} goals; at most {Goals * tasks}.");
        return size / tasks;
    }
}

/// <summary>Autoreset mode of a vector environment, with the names of Gymnasium 1.x (Towers et al. 2024,
/// arXiv:2407.17032).</summary>
public enum AutoresetMode
{
    /// <summary>The step that ends an episode also starts the next: it returns the new episode's first observation, and the old
    /// episode's last observation in <see cref="VectorInfo.FinalObservations"/>. Meta-World's mode.</summary>
    SameStep,

    /// <summary>The step after the end ignores its action and starts the next episode: it returns the first observation, reward
    /// 0, neither terminated nor truncated. Drop that transition.</summary>
    NextStep,

    /// <summary>Nothing is reset: <see cref="GymVectorEnvironment.Reset(ReadOnlySpan{bool})"/> comes before the next step.</summary>
    Disabled,
}
