using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>An environment whose task is a value that is sampled, set and read. Source: the interface of MTEnv (Sodhani et al.
/// 2021), with these meanings where the original is undefined: a task state is checked when it is set; a task takes effect at the
/// next reset; a reset keeps the task.</summary>
/// <remarks>The seed of episodes and the seed of tasks are independent. Not thread-safe. The caller disposes it. Programs that
/// step many environments use <see cref="VectorEnvironment"/>, which allocates nothing.</remarks>
public interface IMTEnvironment : IDisposable
{
    /// <summary>The space of actions that <see cref="Step"/> takes.</summary>
    ActionSpace ActionSpace { get; }

    /// <summary>Numbers of <see cref="MTObservation.EnvObs"/>.</summary>
    int ObservationSize { get; }

    /// <summary>Values of <see cref="MTObservation.TaskObs"/>.</summary>
    TaskSpace TaskObservationSpace { get; }

    /// <summary>Whether <see cref="Seed"/> was called.</summary>
    bool IsSeeded { get; }

    /// <summary>Whether <see cref="SeedTask"/> was called.</summary>
    bool IsTaskSeeded { get; }

    /// <summary>The task state: everything that another instance needs to run the same task. A copy.</summary>
    /// <exception cref="InvalidOperationException">No task was set.</exception>
    double[] TaskState { get; }

    /// <summary>The observation of the current task, without a step. A copy.</summary>
    /// <exception cref="InvalidOperationException">No task was set.</exception>
    double[] TaskObs { get; }

    /// <summary>Seeds the episodes.</summary>
    /// <param name="seed">Any number; the same seed gives the same episodes.</param>
    void Seed(long seed);

    /// <summary>Seeds the task distribution.</summary>
    /// <param name="seed">Any number; the same seed gives the same tasks.</param>
    void SeedTask(long seed);

    /// <summary>A task state of the task distribution; the current task stays.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SeedTask"/> comes first.</exception>
    double[] SampleTaskState();

    /// <summary>Sets the task of the next episode.</summary>
    /// <param name="state">A task state.</param>
    /// <exception cref="ArgumentException">A wrong length or value; the task stays.</exception>
    void SetTaskState(ReadOnlySpan<double> state);

    /// <summary>Sets a sampled task: <see cref="SetTaskState"/> of <see cref="SampleTaskState"/>.</summary>
    /// <exception cref="InvalidOperationException"><see cref="SeedTask"/> comes first.</exception>
    void ResetTaskState();

    /// <summary>Starts an episode of the current task.</summary>
    /// <exception cref="InvalidOperationException"><see cref="Seed"/>, or <see cref="SetTaskState"/> or
    /// <see cref="ResetTaskState"/>, comes first.</exception>
    MTObservation Reset();

    /// <summary>Applies an action.</summary>
    /// <param name="action">Numbers of a continuous action, or the index of a discrete one.</param>
    /// <exception cref="ArgumentException">A wrong length, a number outside the space, or NaN.</exception>
    /// <exception cref="InvalidOperationException"><see cref="Reset"/> comes first.</exception>
    MTStep Step(params ReadOnlySpan<double> action);
}
