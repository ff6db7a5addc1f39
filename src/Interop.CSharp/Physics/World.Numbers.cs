namespace MtrlFunctional.Physics;

/// <summary>Intermediate results of the engine by name, for comparison with recorded numbers.</summary>
public sealed unsafe partial class World
{
    private static readonly Dictionary<string, (int At, Func<World, int> Length)> _numbers = new()
    {
        ["qpos"] = (Layout.Data_qpos, w => w.Model.Positions),
        ["qvel"] = (Layout.Data_qvel, w => w.Model.Velocities),
        ["ctrl"] = (Layout.Data_ctrl, w => w.Model.Controls),
        ["qacc"] = (Layout.Data_qacc, w => w.Model.Velocities),
        ["qacc_smooth"] = (Layout.Data_qacc_smooth, w => w.Model.Velocities),
        ["qfrc_bias"] = (Layout.Data_qfrc_bias, w => w.Model.Velocities),
        ["qfrc_passive"] = (Layout.Data_qfrc_passive, w => w.Model.Velocities),
        ["qfrc_actuator"] = (Layout.Data_qfrc_actuator, w => w.Model.Velocities),
        ["qfrc_constraint"] = (Layout.Data_qfrc_constraint, w => w.Model.Velocities),
        ["actuator_force"] = (Layout.Data_actuator_force, w => w.Model.Controls),
        ["sensordata"] = (Layout.Data_sensordata, w => w.Model.SensorNumbers),
        ["ten_length"] = (Layout.Data_ten_length, w => w.Model.Size(Layout.Model_ntendon)),
        ["xpos"] = (Layout.Data_xpos, w => 3 * w.Model.Bodies),
        ["xmat"] = (Layout.Data_xmat, w => 9 * w.Model.Bodies),
        ["xipos"] = (Layout.Data_xipos, w => 3 * w.Model.Bodies),
        ["xquat"] = (Layout.Data_xquat, w => 4 * w.Model.Bodies),
        ["geom_xpos"] = (Layout.Data_geom_xpos, w => 3 * w.Model.Count(ElementKind.Geom)),
        ["geom_xmat"] = (Layout.Data_geom_xmat, w => 9 * w.Model.Count(ElementKind.Geom)),
        ["site_xpos"] = (Layout.Data_site_xpos, w => 3 * w.Model.Count(ElementKind.Site)),
        ["site_xmat"] = (Layout.Data_site_xmat, w => 9 * w.Model.Count(ElementKind.Site)),
        ["efc_force"] = (Layout.Data_efc_force, w => w.ConstraintCount),
        ["efc_pos"] = (Layout.Data_efc_pos, w => w.ConstraintCount),
        ["efc_D"] = (Layout.Data_efc_D, w => w.ConstraintCount),
        ["efc_R"] = (Layout.Data_efc_R, w => w.ConstraintCount),
        ["efc_aref"] = (Layout.Data_efc_aref, w => w.ConstraintCount),
    };

    /// <summary>nefc: rows of constraints in the last evaluation.</summary>
    public int ConstraintCount => *(int*)(Handle + Layout.Data_nefc);

    /// <summary>An array of the state, or of what the engine last computed from it.</summary>
    /// <param name="array">Name of the array in <c>mjData</c>, for example "qfrc_bias"; "M": the joint-space inertia [nv; nv].</param>
    /// <returns>A copy, row by row; null where it cannot be read.</returns>
    public double[]? Numbers(string array)
    {
        if (array == "M")
            return Inertia();
        if (array == "efc_type")
            return Array.ConvertAll(new Span<int>(*(void**)(Handle + Layout.Data_efc_type), ConstraintCount).ToArray(), x => (double)x);
        return Has(array) ? InPlace(array).ToArray() : null;
    }

    /// <summary>Whether an array can be read, other than the two that are computed.</summary>
    internal static bool Has(string array) => _numbers.ContainsKey(array);

    /// <summary>The numbers of an array themselves.</summary>
    internal Span<double> InPlace(string array) => At(_numbers[array].At, _numbers[array].Length(this));

    /// <summary>Geometry of a contact of the last evaluation.</summary>
    /// <param name="index">0 to <see cref="ContactCount"/> − 1.</param>
    /// <returns>16 numbers: the two geoms, dimension of the friction cone, distance, position (3), frame (9: normal, then two
    /// tangents).</returns>
    public double[] ContactGeometry(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ContactCount);
        var numbers = new double[16];
        fixed (double* to = numbers)
            Native.mtrl_contact_geometry(Handle, index, to);
        GC.KeepAlive(this);
        return numbers;
    }

    private double[] Inertia()
    {
        var matrix = new double[Model.Velocities * Model.Velocities];
        fixed (double* to = matrix)
            Done(Native.mtrl_inertia(Model.Handle, Taken, to), "reading the inertia");
        return matrix;
    }
}
