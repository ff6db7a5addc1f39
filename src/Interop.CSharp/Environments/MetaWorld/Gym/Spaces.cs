using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments.Gym;

/// <summary>The spaces of Meta-World's environments.</summary>
internal static class Spaces
{
    /// <summary>Displacement of the hand (3) in units of a centimetre, effort of the gripper; each in [-1, 1].</summary>
    internal static Box Action { get; } = new([-1, -1, -1, -1], [1, 1, 1, 1], MetaWorldEnvironment.ActionSize);

    /// <summary>Current and previous frame (hand, opening, two objects without bounds), the goal, then the appended columns. The
    /// observation of a reset is not clipped: its hand and goal may be out of bounds. Nor is the action before, as it was
    /// given.</summary>
    internal static Box Observation(MetaWorldTask task, bool goalVisible, int oneHot, bool recurrent)
    {
        var (handLow, handHigh) = (MtrlFunctional.Tasks.Observation.HandLow, MtrlFunctional.Tasks.Observation.HandHigh);
        var objects = Enumerable.Repeat(double.PositiveInfinity, 14).ToArray();
        double[] frameLow = [.. Numbers(handLow), -1, .. objects.Select(x => -x)];
        double[] frameHigh = [.. Numbers(handHigh), 1, .. objects];
        double[] goalLow = goalVisible ? Numbers(task.GoalLow) : new double[3];
        double[] goalHigh = goalVisible ? Numbers(task.GoalHigh) : new double[3];
        var past = recurrent ? Enumerable.Repeat(double.PositiveInfinity, MetaWorldEnvironment.ActionSize + 1).ToArray() : [];
        double[] pastLow = recurrent ? [.. past.Select(x => -x), 0] : [];
        double[] pastHigh = recurrent ? [.. past, 1] : [];
        double[] low = [.. frameLow, .. frameLow, .. goalLow, .. new double[oneHot], .. pastLow];
        double[] high = [.. frameHigh, .. frameHigh, .. goalHigh, .. Enumerable.Repeat(1.0, oneHot), .. pastHigh];
        return new Box(low, high, low.Length);
    }

    private static double[] Numbers(Vec3 v) => [v.X, v.Y, v.Z];
}
