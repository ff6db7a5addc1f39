using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Fills the snapshots of a task.</summary>
internal sealed class SceneReader
{
    private readonly int[] _bodies;
    private readonly int[] _ends;
    private readonly Element[] _watched;
    private readonly (ElementKind Kind, int Id)[] _elements;

    // Places of their coordinates.
    private readonly int[] _joints;

    // Left pad, right pad and what they grasp; empty: nothing.
    private readonly int[] _press;

    /// <exception cref="PhysicsException">The scene lacks an element of the task.</exception>
    internal SceneReader(MetaWorldTask task, Model model)
    {
        int[] Ids(ElementKind kind, params string[] names) => Array.ConvertAll(names, name => model.Id(kind, name));
        _bodies = Ids(ElementKind.Body, "hand", "leftpad", "rightpad", "leftclaw", "rightclaw");
        _ends = Ids(ElementKind.Site, "leftEndEffector", "rightEndEffector");
        _watched = [.. task.Watch];
        _elements = [.. _watched.Select(NameOf).Select(named => (named.Kind, model.Id(named.Kind, named.Name)))];
        _joints = [.. Ids(ElementKind.Joint, [.. task.Joints]).Select(joint => model.Ints("jnt_qposadr")[joint])];
        _press = task.Graspable is { Value: var held } ? Ids(ElementKind.Geom, "leftpad_geom", "rightpad_geom", held) : [];
    }

    internal Snapshot Read(World world)
    {
        var poses = new Pose[_elements.Length];
        for (var i = 0; i < poses.Length; i++)
            poses[i] = PoseOf(world, _elements[i].Kind, _elements[i].Id);
        var joints = new double[_joints.Length];
        var positions = world.Positions;
        for (var i = 0; i < joints.Length; i++)
            joints[i] = positions[_joints[i]];
        Vec3 Body(int part) => Vector(world.BodyPosition(_bodies[part]));
        return new Snapshot(
            Body(0), Body(1), Body(2), Body(3), Body(4),
            Vector(world.SitePosition(_ends[0])), Vector(world.SitePosition(_ends[1])),
            _watched,
            poses,
            joints,
            _press is [var left, var right, var held] && world.Pressure(left, held) > 0 && world.Pressure(right, held) > 0);
    }

    private static Pose PoseOf(World world, ElementKind kind, int id) => kind switch
    {
        ElementKind.Body => new Pose(Vector(world.BodyPosition(id)), Quaternion(world.BodyQuaternion(id))),
        ElementKind.BodyFrame => new Pose(Vector(world.BodyPosition(id)), Orientation.OfMatrix(world.BodyMatrix(id))),
        ElementKind.Site => new Pose(Vector(world.SitePosition(id)), Orientation.OfMatrix(world.SiteMatrix(id))),
        _ => new Pose(Vector(world.GeomPosition(id)), Orientation.OfMatrix(world.GeomMatrix(id))),
    };

    private static Vec3 Vector(ReadOnlySpan<double> numbers) => new(numbers[0], numbers[1], numbers[2]);

    private static Quaternion Quaternion(ReadOnlySpan<double> numbers) => new(numbers[0], numbers[1], numbers[2], numbers[3]);

    private static (ElementKind Kind, string Name) NameOf(Element element) => element switch
    {
        Element.Body body => (ElementKind.Body, body.Item),
        Element.BodyFrame body => (ElementKind.BodyFrame, body.Item),
        Element.Site site => (ElementKind.Site, site.Item),
        Element.Geom geom => (ElementKind.Geom, geom.Item),
        _ => throw new ArgumentException($"{element}: neither body, site nor geom."),
    };
}
