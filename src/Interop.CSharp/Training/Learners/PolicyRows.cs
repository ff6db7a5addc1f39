using MtrlFunctional.Networks;

namespace MtrlFunctional.Training;

/// <summary>Policies as steps on rows: observations of environments in the place of the networks' input, evaluated tasks
/// in the place of the networks' tasks.</summary>
internal static class PolicyRows
{
    /// <summary>The steps for environments.</summary>
    /// <param name="steps">The steps of the agent.</param>
    /// <param name="inputs">Numbers of the networks' input: those beyond an observation are the one-hot task id.</param>
    /// <param name="observation">Numbers of an observation.</param>
    /// <param name="places">The task of the networks for each evaluated task; null: in order.</param>
    internal static FSharpResult<FSharpList<RowStep>, string> Of(
        FSharpResult<FSharpList<RowStep>, string> steps, int inputs, int observation, int[]? places)
    {
        if (steps.IsError)
            return steps;
        var whole = inputs > observation
            ? ListModule.OfSeq(steps.ResultValue.Prepend(RowStep.Next(OneHot(inputs - observation))))
            : steps.ResultValue;
        return FSharpResult<FSharpList<RowStep>, string>.NewOk(
            places is null ? whole : RowSteps.OfTasks(ListModule.OfSeq(places), whole));
    }

    private static RowLayer OneHot(int tasks)
    {
        var numbers = new float[tasks * tasks];
        for (var task = 0; task < tasks; task++)
            numbers[(task * tasks) + task] = 1;
        return RowLayer.NewAppendTask(new RowNumbers(ListModule.OfArray<int>([tasks]), tasks, numbers));
    }
}
