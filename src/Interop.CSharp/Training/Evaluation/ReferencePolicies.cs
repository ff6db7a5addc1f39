using MtrlFunctional.Environments;
using MtrlFunctional.Randomness;
using Keys = MtrlFunctional.Randomness.KeyModule;

namespace MtrlFunctional.Training;

/// <summary>The scripted expert of each task. Reads the environments' states, not their observations.</summary>
/// <remarks>The environments stay the caller's.</remarks>
internal sealed class ScriptedExperts : IGreedyPolicy
{
    private readonly VectorEnvironment _environments;
    private readonly IScriptedExpert[] _experts;

    /// <exception cref="MtrlException">A task without an expert.</exception>
    internal ScriptedExperts(VectorEnvironment environments)
    {
        _environments = environments;
        _experts = [.. environments.Environments.Select((environment, i) => Innermost(environment) as IScriptedExpert
            ?? throw new MtrlException($"{environments.TaskNames[i]}: has no scripted expert; tasks of Meta-World have one."))];
    }

    private static IEnvironment Innermost(IEnvironment environment) =>
        environment is IWrapper wrapper ? Innermost(wrapper.Inner) : environment;

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions)
    {
        for (var i = 0; i < _environments.Count; i++)
        {
            var action = actions.Slice(i * _environments.ActionSize, _environments.Sizes[i].ActionSize);
            _experts[i].ExpertAction(action);
            foreach (ref var number in action)
                number = Math.Clamp(number, -1f, 1f);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>Uniformly random actions: a function of seed, episode and step.</summary>
/// <remarks>The environments stay the caller's.</remarks>
internal sealed class UniformActions(VectorEnvironment environments, long seed) : IGreedyPolicy
{
    private readonly Key _key = Keys.ForPurpose("actions", Keys.OfSeed(seed));

    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions)
    {
        for (var i = 0; i < environments.Count; i++)
        {
            var step = Keys.At(environments.EpisodeSteps(i), Keys.At(environments.Episodes[i], Keys.At(i, _key)));
            RandomActions.Fill(
                environments.Spec.Action, step, actions.Slice(i * environments.ActionSize, environments.ActionSize));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
