using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>The numbers of a model that the episodes of a task set.</summary>
internal sealed class DmControlEdits
{
    private readonly Model _model;
    private readonly (string Array, int Index)[] _entries;

    internal DmControlEdits(Model model, IEnumerable<ModelNumber> numbers)
    {
        _model = model;
        _entries = [.. numbers.Select(number => Find(model, number))];
    }

    internal double[] Read() => [.. _entries.Select(entry => Model.IsSingle(entry.Array)
        ? _model.Floats(entry.Array)[entry.Index]
        : _model.Doubles(entry.Array)[entry.Index])];

    internal int Count => _entries.Length;

    internal void Write(ReadOnlySpan<double> values)
    {
        if (values.Length != _entries.Length)
            throw new ArgumentException($"{_model.Name}: {_entries.Length} numbers are edited, got {values.Length}.");
        for (var i = 0; i < values.Length; i++)
        {
            var (array, index) = _entries[i];
            if (Model.IsSingle(array))
                _model.Floats(array)[index] = (float)values[i];
            else
                _model.Doubles(array)[index] = values[i];
        }
    }

    /// <summary>Array of the engine's model and index in it.</summary>
    internal static (string Array, int Index) Find(Model model, ModelNumber number) => number switch
    {
        ModelNumber.GeomPosition n => ("geom_pos", (3 * model.Id(ElementKind.Geom, n.geom)) + (int)n.axis),
        ModelNumber.GeomSize n => ("geom_size", (3 * model.Id(ElementKind.Geom, n.geom)) + n.index),
        ModelNumber.SitePosition n => ("site_pos", (3 * model.Id(ElementKind.Site, n.site)) + (int)n.axis),
        ModelNumber.SiteSize n => ("site_size", (3 * model.Id(ElementKind.Site, n.site)) + n.index),
        ModelNumber.SiteAlpha n => ("site_rgba", (4 * model.Id(ElementKind.Site, n.site)) + 3),
        ModelNumber.Damping n => ("dof_damping", model.Ints("jnt_dofadr")[model.Id(ElementKind.Joint, n.joint)]),
        _ => throw new ArgumentOutOfRangeException(nameof(number)),
    };
}
