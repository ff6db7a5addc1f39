namespace MtrlFunctional.Tensors;

/// <summary>A small network of dense layers, and the tasks whose rows it reads: row r is of task r / <see cref="RowsOfTask"/>.</summary>
public sealed record FusedMlpNetwork
{
    /// <summary>Largest number of layers.</summary>
    public const int MostLayers = 8;

    /// <summary>Largest number of outputs.</summary>
    public const int MostOutputs = 64;

    /// <summary>Size of an observation.</summary>
    public required long Inputs { get; init; }

    /// <summary>First to last.</summary>
    public required FusedMlpLayer[] Layers { get; init; }

    /// <summary>The group of each task, from 0 and without gaps; empty where no layer has groups.</summary>
    public int[] Groups { get; init; } = [];

    /// <summary>Number of tasks.</summary>
    public required long Tasks { get; init; }

    /// <summary>Rows per task.</summary>
    public required long RowsOfTask { get; init; }

    /// <summary>Rows of all tasks.</summary>
    /// <exception cref="OverflowException">Too many.</exception>
    internal long Rows => checked(Tasks * RowsOfTask);

    /// <summary>Numbers of the last layer.</summary>
    internal long Outputs => Layers[^1].Units;

    /// <summary>Whether all sizes are positive and at most the largest, and groups fit the layers.</summary>
    internal bool HasSizes =>
        Inputs > 0 && Tasks > 0 && RowsOfTask > 0
        && Layers.Length is > 0 and <= MostLayers
        && Array.TrueForAll(
            Layers, layer => layer.Units > 0 && Enum.IsDefined(layer.Activation) && Enum.IsDefined(layer.Owner))
        && HasGroups
        && Outputs <= MostOutputs;

    /// <summary>Numbers of the layers' parameters.</summary>
    /// <exception cref="OverflowException">Too many.</exception>
    internal long Length
    {
        get
        {
            checked
            {
                long width = Inputs, length = 0;
                foreach (var layer in Layers)
                {
                    length += (OwnersOf(layer) * (width + 1) * layer.Units) + (layer.Normalised ? 2 * layer.Units : 0);
                    width = layer.Units;
                }

                return length;
            }
        }
    }

    private bool HasGroups =>
        Groups.Length == 0
            ? !Array.Exists(Layers, layer => layer.Owner == FusedMlpOwner.Group)
            : Groups.Length == Tasks && Array.TrueForAll(Groups, group => group >= 0 && group < Tasks);

    private long OwnersOf(FusedMlpLayer layer) => layer.Owner switch
    {
        FusedMlpOwner.All => 1,
        FusedMlpOwner.Task => Tasks,
        _ => Groups.Max() + 1L,
    };
}
