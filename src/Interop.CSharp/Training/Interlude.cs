using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>
/// Evaluation in the training environments, as the original program does it: training goes on from
/// what the policy saw before, in worlds that stand where the evaluation left them.
/// </summary>
internal static class Interlude
{
    /// <summary>Numbers of an environment that an evaluation leaves changed: the world, and what its episode fixed.</summary>
    private static readonly string[] Displaced = ["world", "frame", "randomisation"];

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
            foreach (var name in Displaced)
                numbers[$"{i}/{name}"] = after.Numbers[$"{i}/{name}"];
            goals[i] = after.Counters["goal"][i];
        }

        return new EnvironmentState(numbers, new Dictionary<string, long[]>(before.Counters)
        {
            ["goal"] = goals,
            ["unstable_steps"] = after.Counters["unstable_steps"],
        });
    }
}
