namespace MtrlFunctional.Environments;

/// <summary>The functions of a task of one's own, with checks of their results.</summary>
internal sealed class TaskFunctions(MujocoTask task)
{
    internal MujocoTask Task => task;

    /// <summary>Refuses a task that lacks a part.</summary>
    internal static void Require(int index, MujocoTask? task)
    {
        var missing = task is null ? "is null"
            : string.IsNullOrEmpty(task.Name) ? "has no Name"
            : string.IsNullOrEmpty(task.Model) ? "has no Model"
            : task.Observation is null ? "has no Observation"
            : task.Reward is null ? "has no Reward"
            : null;
        if (missing is not null)
            throw new MtrlException($"{(string.IsNullOrEmpty(task?.Name) ? $"task {index}" : task.Name)}: {missing}; a task needs each of these.");
    }

    /// <summary>Numbers of an observation, from an observation of the model's own start.</summary>
    /// <exception cref="MtrlException">The function failed, or returned null or nothing.</exception>
    internal int SizeOf(World world)
    {
        var read = Call(nameof(MujocoTask.Observation), null, () => task.Observation(world));
        return read?.Length is { } length and > 0
            ? length
            : throw Refusal(nameof(MujocoTask.Observation), $"returned {Count(read)}; an observation has at least one", null);
    }

    internal void Start(World world, int instance, Key key) => Call(nameof(MujocoTask.Start), new Moment(instance, 0), () =>
    {
        task.Start?.Invoke(world, instance, key);
        return true;
    });

    /// <summary>Reads the observation, of as many numbers as the first one had.</summary>
    internal void Observe(World world, float[] into, Moment at)
    {
        var read = Call(nameof(MujocoTask.Observation), at, () => task.Observation(world));
        if (read?.Length != into.Length)
            throw Refusal(nameof(MujocoTask.Observation), $"returned {Count(read)}; the first observation of this task had {into.Length}", at);
        if (!FiniteNumbers.All(read))
        {
            var index = Array.FindIndex(read, number => !float.IsFinite(number));
            throw Refusal(nameof(MujocoTask.Observation), $"returned {read[index]} at place {index}; numbers of observations are finite", at);
        }

        read.CopyTo(into, 0);
    }

    /// <summary>The reward of a step.</summary>
    internal double Reward(World world, float[] action, Moment at)
    {
        var reward = Call(nameof(MujocoTask.Reward), at, () => task.Reward(world, action));
        return float.IsFinite((float)reward)
            ? reward
            : throw Refusal(nameof(MujocoTask.Reward), $"returned {reward}; rewards are finite in single precision", at);
    }

    /// <summary>Success of a step; false where the task defines none.</summary>
    internal bool Success(World world, Moment at) => Call(nameof(MujocoTask.Success), at, () => task.Success?.Invoke(world) ?? false);

    /// <summary>Whether the state is terminal; false where the task defines none.</summary>
    internal bool Terminal(World world, Moment at) => Call(nameof(MujocoTask.Terminal), at, () => task.Terminal?.Invoke(world) ?? false);

    internal MtrlException Refusal(string function, string what, Moment? at) => new(
        $"{task.Name}: its {function} {what}, {Where(at)}.", at is null ? ExitCode.WrongInput : ExitCode.Stopped);

    private static string Count(float[]? numbers) => numbers is null ? "null" : numbers.Length == 1 ? "1 number" : $"{numbers.Length} numbers";

    private static string Where(Moment? at) => at is not { } moment
        ? "at the model's own start"
        : moment.Step == 0 ? $"at the start of an episode of instance {moment.Instance}"
        : $"in step {Storage.Text.Count(moment.Step)} of an episode of instance {moment.Instance}";

    private T Call<T>(string function, Moment? at, Func<T> of)
    {
        try
        {
            return of();
        }
        catch (Exception e)
        {
            throw new MtrlException(
                $"{task.Name}: its {function} failed {Where(at)}: {e.Message.ReplaceLineEndings(" ").TrimEnd('.')}.",
                at is null ? ExitCode.WrongInput : ExitCode.Stopped,
                e);
        }
    }

    /// <summary>The moment of a call of a function: a step of an episode of an instance; step 0 is its start.</summary>
    internal readonly record struct Moment(int Instance, int Step);
}
