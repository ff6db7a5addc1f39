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
        _entries = [.. numbers.Select(EnginePlaceModule.OfModel).Select(
            place => (place.Array, DmControlReadings.IndexOf(model, place, model.Numbers(place.Array)!.Length)))];
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
}
