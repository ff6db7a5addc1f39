using Mtrl.Tasks;
using MtrlFunctional.Environments;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Training;

/// <summary>Episodes that are played to be watched: by the scripted experts, or by the policy of a run.</summary>
/// <remarks>Whoever makes it disposes it. One caller at a time.</remarks>
public sealed class Rollout : IDisposable
{
    private readonly float[] _actions;
    private readonly Action _act;
    private readonly Action<int> _begin;
    private readonly Action _dispose;

    private Rollout(string actor, VectorEnvironment environments, float[] actions, Action act, Action<int> begin, Action dispose) =>
        (Actor, Environments, _actions, _act, _begin, _dispose) = (actor, environments, actions, act, begin, dispose);

    /// <summary>Who acts: "scripted expert" or "runs/mt10/seed-1, step 60,000".</summary>
    public string Actor { get; }

    /// <summary>One environment a task, for reading: worlds, rewards, success.</summary>
    public VectorEnvironment Environments { get; }

    /// <summary>The scripted expert of each task.</summary>
    /// <param name="tasks">At least one.</param>
    /// <param name="seed">Of the 50 goals, as in MT1; episode n has the n-th.</param>
    /// <returns>To be begun.</returns>
    public static Rollout OfExperts(IEnumerable<MetaWorldTask> tasks, uint seed)
    {
        EnvironmentSlot[] slots = [.. tasks.Select(task => new EnvironmentSlot(task, Goals.ofTask(seed, task)))];
        var environments = new VectorEnvironment(new VectorEnvironmentOptions { Slots = slots });
        var actions = new float[slots.Length * MetaWorldEnvironment.ActionSize];
        return new Rollout(
            "scripted expert",
            environments,
            actions,
            () => ActAsExperts(environments, actions),
            episode => BeginEverywhere(environments, episode),
            environments.Dispose);
    }

    /// <summary>The newest policy of a run, in the tasks and with the goals of its evaluations.</summary>
    /// <param name="folder">The folder of the run; it may be training at the same time.</param>
    /// <param name="notice">Told what the user should know, such as a damaged checkpoint that was skipped.</param>
    /// <returns>To be begun.</returns>
    /// <exception cref="MtrlException">No such run, or it has no checkpoint yet.</exception>
    public static Rollout OfRun(string folder, Action<string>? notice = null)
    {
        var policy = RunPolicy.Open(folder, step: null, notice);
        var actions = new float[policy.Environments.Count * MetaWorldEnvironment.ActionSize];
        return new Rollout(
            $"{policy.Folder}, step {policy.Step:N0}",
            policy.Environments,
            actions,
            () => policy.Learner.ActGreedily(policy.Environments.Observations, actions),
            episode => policy.Environments.ResetTo(episode),
            policy.Dispose);
    }

    /// <summary>Starts an episode in every task.</summary>
    /// <param name="episode">From 0; the same number gives the same goals.</param>
    public void Begin(int episode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(episode);
        _begin(episode);
    }

    /// <summary>One step everywhere. Where an episode was over, the next one has begun before.</summary>
    public void Step()
    {
        Environments.ResetFinished();
        _act();
        Environments.Step(_actions);
    }

    /// <inheritdoc/>
    public void Dispose() => _dispose();

    private static void ActAsExperts(VectorEnvironment environments, float[] actions)
    {
        for (var i = 0; i < environments.Count; i++)
        {
            var environment = environments.Environments[i];
            var action = environment.Task.Expert.Invoke(environment.Observation);
            for (var k = 0; k < action.Length; k++)
                actions[(i * MetaWorldEnvironment.ActionSize) + k] = Math.Clamp(action[k], -1f, 1f);
        }
    }

    private static void BeginEverywhere(VectorEnvironment environments, int episode)
    {
        for (var i = 0; i < environments.Count; i++)
            environments.Reset(i, episode % Goals.count);
    }
}
