using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Fills the snapshots of a task: one native call, then one small object.</summary>
internal sealed class SceneReader
{
    private static readonly (ElementKind, string)[] _robot =
    [
        (ElementKind.Body, "hand"),
        (ElementKind.Body, "leftpad"),
        (ElementKind.Body, "rightpad"),
        (ElementKind.Body, "leftclaw"),
        (ElementKind.Body, "rightclaw"),
        (ElementKind.Site, "leftEndEffector"),
        (ElementKind.Site, "rightEndEffector"),
    ];

    private readonly Element[] _watched;
    private readonly int _joints;
    private readonly Probe _probe;
    private readonly double[] _numbers;

    /// <exception cref="PhysicsException">The scene lacks an element of the task.</exception>
    internal SceneReader(MetaWorldTask task, Model model)
    {
        _watched = [.. task.Watch];
        string[] joints = [.. task.Joints];
        _joints = joints.Length;
        (string, string, string)? press = OptionModule.IsSome(task.Graspable)
            ? ("leftpad_geom", "rightpad_geom", task.Graspable!.Value)
            : null;
        _probe = new Probe(model, [.. _robot, .. _watched.Select(NameOf)], joints, press);
        _numbers = new double[_probe.Size];
    }

    internal Snapshot Read(World world)
    {
        world.Read(_probe, _numbers);
        var poses = new Pose[_watched.Length];
        for (var i = 0; i < poses.Length; i++)
        {
            var numbers = _numbers.AsSpan(Probe.Stride * (_robot.Length + i), Probe.Stride);
            poses[i] = new Pose(
                Vector(numbers),
                _watched[i].IsBody
                    ? new Quaternion(numbers[3], numbers[4], numbers[5], numbers[6])
                    : Orientation.OfMatrix(numbers[3..]));
        }

        return new Snapshot(
            Robot(0), Robot(1), Robot(2), Robot(3), Robot(4), Robot(5), Robot(6),
            _watched,
            poses,
            _numbers[_probe.JointsAt..(_probe.JointsAt + _joints)],
            _numbers[_probe.ForcesAt] > 0 && _numbers[_probe.ForcesAt + 1] > 0);
    }

    private Vec3 Robot(int part) => Vector(_numbers.AsSpan(Probe.Stride * part));

    private static Vec3 Vector(ReadOnlySpan<double> numbers) => new(numbers[0], numbers[1], numbers[2]);

    private static (ElementKind, string) NameOf(Element element) => element switch
    {
        Element.Body body => (ElementKind.Body, body.Item),
        Element.BodyFrame body => (ElementKind.BodyFrame, body.Item),
        Element.Site site => (ElementKind.Site, site.Item),
        Element.Geom geom => (ElementKind.Geom, geom.Item),
        _ => throw new ArgumentException($"{element}: neither body, site nor geom."),
    };
}
