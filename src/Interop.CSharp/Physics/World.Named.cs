namespace MtrlFunctional.Physics;

/// <summary>Elements by their names in the MJCF. An unknown name is a <see cref="PhysicsException"/> with the nearest names.</summary>
public sealed unsafe partial class World
{
    /// <summary>Derived world position of a site, metres.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Three numbers, a copy.</returns>
    /// <exception cref="PhysicsException">There is no such site; the message has the nearest names.</exception>
    public double[] Site(string name) => [.. SitePosition(Model.Id(ElementKind.Site, name.Given()))];

    /// <summary>Derived world position of a body, metres.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Three numbers, a copy.</returns>
    /// <exception cref="PhysicsException">There is no such body; the message has the nearest names.</exception>
    public double[] Body(string name) => [.. BodyPosition(Model.Id(ElementKind.Body, name.Given()))];

    /// <summary>Position of a mocap body, metres; may be written. What follows from it does so with the next evaluation.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The body's three of <see cref="MocapPositions"/>.</returns>
    /// <exception cref="PhysicsException">There is no such body, or it is no mocap body.</exception>
    public Span<double> Mocap(string name) => Model.MocapOf(name.Given()) is >= 0 and var mocap
        ? MocapPositions.Slice(3 * mocap, 3)
        : throw new PhysicsException(
            $"{Model.Name}: body '{name}' is no mocap body (mocap=\"true\").");

    /// <summary>Generalised positions of a joint: 1 number of a hinge (radians) or slide (metres), 4 of a ball, 7 of a free joint; may
    /// be written.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The joint's part of <see cref="Positions"/>.</returns>
    /// <exception cref="PhysicsException">There is no such joint; the message has the nearest names.</exception>
    public Span<double> Joint(string name) => OfJoint(name, "jnt_qposadr", Positions);

    /// <summary>Generalised velocities of a joint: 1 number of a hinge or slide, 3 of a ball, 6 of a free joint; may be written.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The joint's part of <see cref="Velocities"/>.</returns>
    /// <exception cref="PhysicsException">There is no such joint; the message has the nearest names.</exception>
    public Span<double> JointVelocity(string name) => OfJoint(name, "jnt_dofadr", Velocities);

    /// <summary>Numbers of a joint end where the next joint's begin.</summary>
    private Span<double> OfJoint(string name, string firsts, Span<double> all)
    {
        var joint = Model.Id(ElementKind.Joint, name);
        var first = Model.Ints(firsts);
        return all[first[joint]..(joint + 1 < first.Length ? first[joint + 1] : all.Length)];
    }
}
