namespace MtrlFunctional.Training;

/// <summary>
/// Evaluation in the training environments, as in the original program: training continues with the
/// observations from before the evaluation and the simulation states from after it.
/// </summary>
internal static class EvaluateInPlace
{
    /// <summary>State arrays restored from before the evaluation: the observations.</summary>
    private static readonly string[] Observations = ["observation", "first_observation"];

    /// <summary>Combines the states before and after an evaluation.</summary>
    /// <param name="before">State before the evaluation, at the start of an episode.</param>
    /// <param name="after">State after the evaluation.</param>
    /// <returns>The state to restore. Environments whose physics failed keep the state before the evaluation.</returns>
    internal static EnvironmentState After(EnvironmentState before, EnvironmentState after)
    {
        var numbers = new Dictionary<string, double[]>(before.Numbers);
        var goals = (long[])before.Counters["goal"].Clone();
        for (var i = 0; i < goals.Length; i++)
        {
            if (after.Counters["unstable"][i] != 0)
                continue;
            var prefix = $"{i}/";
            foreach (var (name, array) in after.Numbers)
                if (name.StartsWith(prefix, StringComparison.Ordinal) && !Observations.Contains(name[prefix.Length..]))
                    numbers[name] = array;
            goals[i] = after.Counters["goal"][i];
        }

        return new EnvironmentState(numbers, new Dictionary<string, long[]>(before.Counters)
        {
            ["goal"] = goals,
            ["unstable_steps"] = after.Counters["unstable_steps"],
        })
        {
            Frames = before.Frames,
        };
    }
}
