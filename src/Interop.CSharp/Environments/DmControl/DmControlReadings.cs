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
        new(world, [.. quantities.Select(quantity => Readings.AddressOf(Find(world, EnginePlaceModule.OfQuantity(quantity))))]);

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

    /// <summary>Index of a number in its array, which has so many for each element unless their addresses are another array.</summary>
    internal static int IndexOf(Model model, EnginePlace place, int length)
    {
        var kind = Enum.Parse<ElementKind>(place.Kind, ignoreCase: true);
        var id = model.Id(kind, place.Name);
        return place.Index + place.Array switch
        {
            "qpos" => model.Ints("jnt_qposadr")[id],
            "qvel" or "dof_damping" => model.Ints("jnt_dofadr")[id],
            "sensordata" => model.Ints("sensor_adr")[id],
            _ => id * (length / model.Count(kind)),
        };
    }

    private static ref readonly double Find(World world, EnginePlace place)
    {
        var numbers = World.Has(place.Array) ? world.InPlace(place.Array) : world.Model.Doubles(place.Array);
        return ref numbers[IndexOf(world.Model, place, numbers.Length)];
    }
}
