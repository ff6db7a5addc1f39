using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>
/// Evaluation in the training environments, as the original program does it: training goes on from
/// what the policy saw before, in worlds that stand where the evaluation left them.
/// </summary>
internal static class EvaluateInPlace
{
    /// <summary>Numbers of an environment that an evaluation leaves as they were: what the policy saw.</summary>
    private static readonly string[] Kept = ["observation", "first_observation"];

    /// <summary>The state in which training goes on.</summary>
    /// <param name="before">Saved when training stopped, at the start of an episode.</param>
    /// <param name="after">Saved when the evaluation was over.</param>
    /// <returns>To be restored. An environment whose physics failed goes on as if nothing had happened.</returns>
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
                if (name.StartsWith(prefix, StringComparison.Ordinal) && !Kept.Contains(name[prefix.Length..]))
                    numbers[name] = array;
            goals[i] = after.Counters["goal"][i];
        }

        return new EnvironmentState(numbers, new Dictionary<string, long[]>(before.Counters)
        {
            ["goal"] = goals,
            ["unstable_steps"] = after.Counters["unstable_steps"],
        });
    }
}
