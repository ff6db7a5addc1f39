using Microsoft.FSharp.Collections;
using Layer = MtrlFunctional.Networks.RowLayer;

namespace MtrlFunctional.Policies;

/// <summary>A policy as data: what its file holds.</summary>
/// <param name="Tasks">Names, in the order of the per-task numbers.</param>
/// <param name="ObservationSize">Numbers of an observation.</param>
/// <param name="ActionSize">Numbers of an action.</param>
/// <param name="Layers">From an observation to an action.</param>
/// <param name="Config">The resolved configuration of its run, YAML.</param>
/// <param name="Step">Environment steps of each task that it was trained for.</param>
internal sealed record PolicyData(
    IReadOnlyList<string> Tasks,
    int ObservationSize,
    int ActionSize,
    FSharpList<Layer> Layers,
    string Config,
    long Step);
