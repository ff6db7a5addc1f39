using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>Finds the elements and quantities that a task names in a model and its world.</summary>
public static class DmControlReadings
{
    /// <summary>The readings of quantities.</summary>
    /// <param name="world">Whose numbers are read.</param>
    /// <param name="quantities">In the order of reading.</param>
    /// <returns>To be used with this world.</returns>
    /// <exception cref="PhysicsException">An unknown name.</exception>
    public static Readings Of(World world, IReadOnlyList<Quantity> quantities) =>
        new(world, [.. quantities.Select(quantity => Readings.AddressOf(Find(world, quantity)))]);

    /// <summary>The joints of a model, in order.</summary>
    /// <param name="model">A model whose joints are hinges and slides.</param>
    public static Joint[] JointsOf(Model model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var joints = new Joint[model.Count(ElementKind.Joint)];
        for (var i = 0; i < joints.Length; i++)
        {
            var range = model.Doubles("jnt_range").Slice(2 * i, 2);
            var limits = model.Bytes("jnt_limited")[i] != 0
                ? FSharpValueOption<ValueTuple<double, double>>.NewValueSome((range[0], range[1]))
                : FSharpValueOption<ValueTuple<double, double>>.ValueNone;
            joints[i] = new Joint(
                model.NameOf(ElementKind.Joint, i),
                model.Ints("jnt_type")[i] == Physics.Layout.Hinge,
                model.Doubles("qpos0")[model.Ints("jnt_qposadr")[i]],
                limits);
        }

        return joints;
    }

    private static ref readonly double Find(World world, Quantity quantity)
    {
        var model = world.Model;
        switch (quantity)
        {
            case Quantity.Position q:
                return ref world.Positions[model.Ints("jnt_qposadr")[model.Id(ElementKind.Joint, q.joint)]];
            case Quantity.Velocity q:
                return ref world.Velocities[model.Ints("jnt_dofadr")[model.Id(ElementKind.Joint, q.joint)]];
            case Quantity.Control q:
                return ref world.Control[model.Id(ElementKind.Actuator, q.actuator)];
            case Quantity.Sensor q:
                return ref world.Sensors[model.Ints("sensor_adr")[model.Id(ElementKind.Sensor, q.sensor)] + q.index];
            case Quantity.BodyPosition q:
                return ref world.BodyPosition(model.Id(ElementKind.Body, q.body))[(int)q.axis];
            case Quantity.BodyCentre q:
                return ref world.BodyCentre(model.Id(ElementKind.Body, q.body))[(int)q.axis];
            case Quantity.BodyAxis q:
                return ref world.BodyMatrix(model.Id(ElementKind.Body, q.body))[(3 * (int)q.world) + (int)q.own];
            case Quantity.GeomPosition q:
                return ref world.GeomPosition(model.Id(ElementKind.Geom, q.geom))[(int)q.axis];
            case Quantity.SitePosition q:
                return ref world.SitePosition(model.Id(ElementKind.Site, q.site))[(int)q.axis];
            case Quantity.Model q:
                var (array, index) = DmControlEdits.Find(model, q.Item);
                return ref model.Doubles(array)[index];
            default:
                throw new ArgumentOutOfRangeException(nameof(quantity));
        }
    }
}
