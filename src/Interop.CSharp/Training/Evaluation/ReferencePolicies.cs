namespace MtrlFunctional.Training;

/// <summary>The scripted expert of each task. Reads the environments' states, not their observations.</summary>
/// <remarks>The environments stay the caller's.</remarks>
internal sealed class ScriptedExperts : IRowwisePolicy
{
    private readonly VectorEnvironment _environments;
    private readonly IScriptedExpert[] _experts;

    internal ScriptedExperts(VectorEnvironment environments)
    {
        _environments = environments;
        _experts = [.. environments.Environments.Select((environment, i) => IWrapper.Innermost(environment) as IScriptedExpert
            ?? throw new MtrlException($"{environments.TaskNames[i]}: has no scripted expert; tasks of Meta-World have one."))];
    }

    public int Rows => _environments.Count;

    public void ActInRow(int row, ObservationRows observation, Span<float> action)
    {
        action = action[.._environments.Sizes[row].ActionSize];
        _experts[row].ExpertAction(action);
        foreach (ref var number in action)
            number = Math.Clamp(number, -1f, 1f);
    }
}

/// <summary>Uniformly random actions: a function of seed, episode and step.</summary>
/// <remarks>The environments stay the caller's.</remarks>
internal sealed class UniformActions(VectorEnvironment environments, long seed) : IRowwisePolicy
{
    private readonly Key _key = Keys.ForPurpose("actions", Keys.OfSeed(seed));

    public int Rows => environments.Count;

    public void ActInRow(int row, ObservationRows observation, Span<float> action)
    {
        var step = Keys.At(environments.EpisodeSteps(row), Keys.At(environments.Episodes[row], Keys.At(row, _key)));
        RandomActions.Fill(environments.Spec.Action, step, action);
    }
}
