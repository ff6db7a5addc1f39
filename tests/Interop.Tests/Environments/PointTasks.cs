namespace MtrlFunctional.Tests.Environments;

/// <summary>A ball in the plane that is pushed to a goal: tasks on the model of <c>scripts/examples</c>.</summary>
internal static class PointTasks
{
    private static readonly string _model = Repository.PathOf("scripts", "examples", "point.xml");

    internal static MujocoTask Right { get; } = Reach("right", 0.6);

    internal static MujocoTask Left { get; } = Reach("left", -0.6);

    internal static MujocoTask Reach(string name, double goal) => new()
    {
        Name = name,
        Model = _model,
        Substeps = 5,
        Start = (world, _, key) =>
        {
            for (var i = 0; i < 2; i++)
                world.Positions[i] = (0.4 * KeyModule.Uniform(KeyModule.At(i, key))) - 0.2;
        },
        Observation = world =>
            [(float)world.Positions[0], (float)world.Positions[1], (float)world.Velocities[0], (float)world.Velocities[1]],
        Reward = (world, _) => Math.Exp(-3 * Distance(world, goal)),
        Success = world => Distance(world, goal) < 0.1,
    };

    private static double Distance(World world, double goal)
    {
        var (x, y) = (world.Positions[0] - goal, world.Positions[1]);
        return Math.Sqrt((x * x) + (y * y));
    }
}
