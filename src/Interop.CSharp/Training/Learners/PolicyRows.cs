using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using MtrlFunctional.Networks;

namespace MtrlFunctional.Training;

/// <summary>Policies as layers on rows: observations of environments in the place of the networks' input, evaluated tasks
/// in the place of the networks' tasks.</summary>
internal static class PolicyRows
{
    /// <summary>The layers for environments.</summary>
    /// <param name="layers">Of the agent.</param>
    /// <param name="inputs">Numbers of the networks' input: those beyond an observation are the one-hot task id.</param>
    /// <param name="observation">Numbers of an observation.</param>
    /// <param name="places">The task of the networks for each evaluated task; null: in order.</param>
    internal static FSharpResult<FSharpList<RowLayer>, string> Of(
        FSharpResult<FSharpList<RowLayer>, string> layers, int inputs, int observation, int[]? places)
    {
        if (layers.IsError)
            return layers;
        var whole = inputs > observation
            ? ListModule.OfSeq(layers.ResultValue.Prepend(OneHot(inputs - observation)))
            : layers.ResultValue;
        return FSharpResult<FSharpList<RowLayer>, string>.NewOk(
            places is null ? whole : Networks.RowLayers.OfTasks(ListModule.OfSeq(places), whole));
    }

    private static RowLayer OneHot(int tasks)
    {
        var numbers = new float[tasks * tasks];
        for (var task = 0; task < tasks; task++)
            numbers[(task * tasks) + task] = 1;
        return RowLayer.NewAppendTask(tasks, numbers);
    }
}
