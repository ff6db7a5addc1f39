namespace MtrlFunctional.Physics;

/// <summary>A list of things to read from a world in one native call: poses of bodies, sites and geoms, joint coordinates, and
/// the forces with which two geoms press on a third.</summary>
/// <remarks>Immutable; threads may share it. It fits the model it was made for and its copies.</remarks>
internal sealed unsafe class Probe
{
    /// <summary>Numbers an element takes: position (3), then quaternion (4) or matrix (9).</summary>
    internal const int Stride = 12;

    private readonly int[] _kinds;
    private readonly int[] _ids;
    private readonly int[] _joints;
    private readonly int _left = -1;
    private readonly int _right = -1;
    private readonly int _object = -1;

    /// <summary>Resolves the names of elements in the order of reading, of hinge or slide joints, and of left pad, right pad
    /// and the geom on which they press.</summary>
    /// <exception cref="PhysicsException">An unknown name.</exception>
    internal Probe(
        Model model,
        IReadOnlyList<(ElementKind Kind, string Name)> elements,
        IReadOnlyList<string> joints,
        (string Left, string Right, string Object)? press = null)
    {
        if (elements.FirstOrDefault(e => e.Kind is not (ElementKind.Body or ElementKind.BodyFrame or ElementKind.Site or ElementKind.Geom)) is { Name: not null } odd)
            throw new ArgumentException($"'{odd.Name}' is a {odd.Kind}; only bodies, sites and geoms have poses.", nameof(elements));
        _kinds = [.. elements.Select(e => (int)e.Kind)];
        _ids = [.. elements.Select(e => model.Id(e.Kind, e.Name))];
        _joints = [.. joints.Select(j => model.Id(ElementKind.Joint, j))];
        if (press is { } geoms)
        {
            _left = model.Id(ElementKind.Geom, geoms.Left);
            _right = model.Id(ElementKind.Geom, geoms.Right);
            _object = model.Id(ElementKind.Geom, geoms.Object);
        }
    }

    /// <summary>Index of the first joint coordinate.</summary>
    internal int JointsAt => Stride * _ids.Length;

    /// <summary>Index of the two summed normal forces (left, right), in newton.</summary>
    internal int ForcesAt => JointsAt + _joints.Length;

    /// <summary>Numbers that a reading fills.</summary>
    internal int Size => ForcesAt + 2;

    internal void Read(nint model, nint data, Span<double> into)
    {
        fixed (int* kinds = _kinds, ids = _ids, joints = _joints)
        fixed (double* to = into)
            Native.mtrl_snapshot(
                model, data, kinds, ids, _ids.Length, joints, _joints.Length, _left, _right, _object, to);
    }
}
