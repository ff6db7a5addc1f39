using MtrlFunctional.Policies;
using MtrlFunctional.Rendering;

namespace MtrlFunctional.Environments;

/// <summary>Several environments of a family, stepped together on worker threads. Results depend on the options and the actions
/// only, not on the number of threads or on their timing.</summary>
/// <remarks>A step: <see cref="Step(ReadOnlySpan{float})"/>, read the results, <see cref="ResetFinished"/>. All arrays are
/// reused: their contents change with the next call. The caller disposes it. Not thread-safe.</remarks>
public sealed partial class VectorEnvironment : IDisposable
{
    private readonly IReadOnlyList<EnvironmentSlot> _slots;
    private readonly int _threads;
    private readonly IEnvironmentFamily _family;
    private readonly IEnvironment[] _environments;
    private readonly WorkerPool _workers;
    private readonly Key _instanceKey;
    private readonly Key _episodeKey;
    private readonly float[] _next;
    private readonly float[] _current;
    private readonly float[] _actions;
    private readonly EnvironmentSpec[] _specs;
    private readonly TaskSizes[] _sizes;

    // Whether an environment takes a choice where the family has numbers.
    private readonly bool[] _chooses;
    private readonly float[] _rewards;
    private readonly bool[] _success;
    private readonly bool[] _definesSuccess;
    private readonly bool[] _terminated;
    private readonly bool[] _truncated;
    private readonly bool[] _unstable;
    private readonly long[] _episodes;
    private readonly int[] _instances;
    private readonly double[] _returns;
    private readonly bool[] _succeeded;
    private readonly long[] _unstableSteps;
    private readonly Action<int> _stepOne;
    private readonly Action<int> _stepRunningOne;

    // Draws the observations; null: environments observe themselves.
    private readonly FrameObserver? _pictures;

    /// <summary>Builds all environments; <see cref="Reset()"/> comes before the first step.</summary>
    /// <param name="family">Makes the environments; disposed with them, also where this fails.</param>
    /// <param name="options">Slots, threads, seed; null: every task once, on one thread, with seed 0.</param>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    /// <exception cref="MtrlException">The family cannot create an environment, or its pictures cannot be drawn; the message has
    /// the reason.</exception>
    public VectorEnvironment(IEnvironmentFamily family, VectorEnvironmentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(family);
        _family = family;
        options ??= new VectorEnvironmentOptions();
        try
        {
            RequireWhole(family);
            _slots = options.SlotsIn(family.Tasks);
            Count = _slots.Count;
            _threads = Math.Min(options.Threads, Count);
            _environments = new IEnvironment[Count];
            _workers = new WorkerPool(_threads);
            _workers.Run(Count, i => _environments[i] = Made(_slots[i].Task));
            RequireDistinct();
            (ObservationSize, ActionSize) = (EnvironmentSpecModule.ObservationSize(Spec), EnvironmentSpecModule.ActionSize(Spec));
            _specs = [.. _slots.Select(slot => family.Tasks[slot.Task].Spec ?? Spec)];
            _sizes = Array.ConvertAll(_specs, SizesOf);
            _chooses = Array.ConvertAll(_specs, spec => spec.Action.IsDiscrete && Spec.Action.IsBox);
            TaskNames = [.. _slots.Select(slot => family.Tasks[slot.Task].Name)];
            var key = Keys.OfSeed(options.Seed);
            _instanceKey = Keys.ForPurpose($"goal/{options.Purpose}", key);
            _episodeKey = Keys.ForPurpose($"episode/{options.Purpose}", key);
            var numbers = family is PictureFamily ? 0 : Count * ObservationSize;
            (_next, _current) = (new float[numbers], new float[numbers]);
            _actions = new float[Count * ActionSize];
            _rewards = new float[Count];
            _success = new bool[Count];
            _definesSuccess = new bool[Count];
            _terminated = new bool[Count];
            _truncated = new bool[Count];
            _unstable = new bool[Count];
            _episodes = new long[Count];
            _instances = new int[Count];
            _returns = new double[Count];
            _succeeded = new bool[Count];
            _unstableSteps = new long[Count];
            (_stepOne, _stepRunningOne) = (StepOne, StepRunningOne);
            _episodes.AsSpan().Fill(-1);
            _pictures = family is PictureFamily pictures ? new FrameObserver(this, pictures.Frames) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Observations, actions and horizon of all environments.</summary>
    public EnvironmentSpec Spec => _family.Spec;

    /// <summary>Numbers of a row of observations; those behind the numbers of its task are 0.</summary>
    public int ObservationSize { get; }

    /// <summary>Numbers of a row of actions; numbers behind the task's own have no effect. If other tasks have continuous
    /// actions, a task with choices has a number for each, and the largest (of equal numbers the first) chooses.</summary>
    public int ActionSize { get; }

    /// <summary>Numbers of each environment's own observations and actions [count].</summary>
    public IReadOnlyList<TaskSizes> Sizes => _sizes;

    internal static TaskSizes SizesOf(EnvironmentSpec spec) =>
        new(EnvironmentSpecModule.ObservationSize(spec), EnvironmentSpecModule.ActionSize(spec));

    /// <summary>Sizes of each task if rows of some are padded; else null.</summary>
    internal IReadOnlyList<TaskSizes>? OwnSizes =>
        Array.TrueForAll(_sizes, size => size.ObservationSize == ObservationSize && size.ActionSize == ActionSize) ? null : _sizes;

    /// <summary>Specifications of the environments themselves, where rows of some are padded; else null.</summary>
    internal IReadOnlyList<EnvironmentSpec>? OwnSpecs => OwnSizes is null ? null : _specs;

    /// <summary>Environments.</summary>
    public int Count { get; }

    /// <summary>Name of the task of each environment [count].</summary>
    public IReadOnlyList<string> TaskNames { get; }

    /// <summary>The environments themselves, for reading.</summary>
    public IReadOnlyList<IEnvironment> Environments => _environments;

    /// <summary>Current observations [count; observations]: after a step its result, after a reset the new episode's
    /// start. Empty where they are pictures: <see cref="Rows"/>.</summary>
    public ReadOnlySpan<float> Observations => _current;

    /// <summary>Current observations [count; observations], numbers or pictures.</summary>
    public ObservationRows Rows => _pictures is null ? Observations : _pictures.Frames;

    /// <summary>Observations after the last step [count; observations], numbers or pictures, also of episodes that ended.
    /// Pictures of these are valid until <see cref="ResetFinished"/>.</summary>
    public ObservationRows NextRows => _pictures is null ? NextObservations : _pictures.Frames;

    /// <summary>Observations after the last step [count; observations], also of episodes that ended. After an unstable step the
    /// last sound one; drop that transition.</summary>
    public ReadOnlySpan<float> NextObservations => _next;

    /// <summary>Rewards of the last step [count]; 0 where it was unstable.</summary>
    public ReadOnlySpan<float> Rewards => _rewards;

    /// <summary>Success at the last step [count]; not sticky; false where a task does not define success.</summary>
    public ReadOnlySpan<bool> Success => _success;

    /// <summary>Episodes that the last step ended in a terminal state [count].</summary>
    public ReadOnlySpan<bool> Terminated => _terminated;

    /// <summary>Episodes that the last step ended otherwise [count]: at the time limit, or by an unstable step.</summary>
    public ReadOnlySpan<bool> Truncated => _truncated;

    /// <summary>Steps that were unstable [count]: not a result of the action; drop the transition.</summary>
    public ReadOnlySpan<bool> Unstable => _unstable;

    /// <summary>Unstable steps since the beginning [count].</summary>
    public ReadOnlySpan<long> UnstableSteps => _unstableSteps;

    /// <summary>Numbers of the running episodes [count], from 0.</summary>
    public ReadOnlySpan<long> Episodes => _episodes;

    /// <summary>Instances of the running episodes [count], such as indices of goals.</summary>
    public ReadOnlySpan<int> Instances => _instances;

    /// <summary>Sums of the rewards of the running episodes [count], until they are reset.</summary>
    public ReadOnlySpan<double> Returns => _returns;

    /// <summary>Whether the running episodes had a success at any step [count], until they are reset.</summary>
    public ReadOnlySpan<bool> Succeeded => _succeeded;

    /// <summary>A number that changes while environments are stepped or reset; null while they are not. For other
    /// threads.</summary>
    internal long? Progress => _workers.Progress is { } pieces ? pieces + _environments.Sum(environment => (long)environment.Steps) : null;

    /// <summary>Success at the last step of an environment; null where its task does not define success.</summary>
    internal bool? SuccessOf(int index) => _definesSuccess[index] ? _success[index] : null;

    /// <summary>The newest step of a task.</summary>
    internal Training.StepResult ResultOf(int index) => new(Rewards[index], SuccessOf(index), Unstable[index], Ended(index));

    /// <summary>Whether the episode of an environment is over: <see cref="ResetFinished"/> starts the next.</summary>
    /// <param name="index">Which environment.</param>
    public bool Ended(int index) => _terminated[index] || _truncated[index];

    /// <summary>How many instances the task of an environment has.</summary>
    /// <param name="index">Which environment.</param>
    public int InstancesOf(int index) => _family.Tasks[_slots[index].Task].Instances;

    /// <summary>Steps of the running episode of an environment, until it is reset.</summary>
    /// <param name="index">Which environment.</param>
    /// <returns>0 to the horizon.</returns>
    public int EpisodeSteps(int index) => _environments[index].Steps;

    /// <summary>Whether an environment has a world that can be drawn.</summary>
    /// <param name="index">Which environment.</param>
    public bool CanBeDrawn(int index) => IWrapper.Innermost(_environments[index]) is IRenderable;

    /// <summary>The world of an environment, to be drawn.</summary>
    /// <param name="index">Which environment.</param>
    /// <exception cref="RenderingException">Environments of this family cannot be drawn.</exception>
    public IRenderable Rendered(int index) =>
        IWrapper.Innermost(_environments[index]) as IRenderable
        ?? throw new RenderingException($"{TaskNames[index]}: its environment has no world that can be drawn.");

    /// <summary>Index of the body that is the goal of an environment, where its goal may move while an episode runs; else
    /// null.</summary>
    /// <param name="index">Which environment.</param>
    public int? GoalBody(int index) => Goal(index)?.GoalBody;

    /// <summary>Moves the goal of an environment. Its steps are counted anew: an episode that ended at its time limit goes on. The
    /// next step observes the goal there.</summary>
    /// <param name="index">Which environment; it has a <see cref="GoalBody"/>.</param>
    /// <param name="position">Three numbers, metres.</param>
    /// <exception cref="ArgumentException">A wrong length, or an environment without such a goal.</exception>
    public void MoveGoal(int index, ReadOnlySpan<double> position)
    {
        if (position.Length != 3 || GoalBody(index) is null)
            throw new ArgumentException($"{TaskNames[index]}: needs a goal that moves, and three numbers, got {position.Length}.");
        Goal(index)!.MoveGoal(position);
        Show(index, _environments[index].Status);
    }

    // The steps of a trial are not counted anew.
    private MujocoEnvironment? Goal(int index) =>
        _environments[index] is TrialEnvironment ? null : IWrapper.Innermost(_environments[index]) as MujocoEnvironment;

    /// <inheritdoc/>
    /// <exception cref="MtrlException">The disposal of an environment or of the family failed; the others are disposed.</exception>
    public void Dispose()
    {
        _pictures?.Dispose();
        _workers?.Dispose();
        MtrlException? failure = null;
        void End(string name, IDisposable? part)
        {
            try
            {
                part?.Dispose();
            }
            catch (Exception e)
            {
                failure ??= new MtrlException($"{name}: {nameof(Dispose)} failed: {e.Message}", ExitCode.Stopped, e);
            }
        }

        foreach (var (i, environment) in (_environments ?? []).Index())
            End(_family.Tasks[_slots[i].Task].Name, environment);
        End(_family.GetType().Name, _family);
        if (failure is not null)
            throw failure;
    }
}
