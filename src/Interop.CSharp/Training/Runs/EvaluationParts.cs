using Microsoft.FSharp.Core;
using MtrlFunctional.Experiments;

namespace MtrlFunctional.Training;

/// <summary>Divides the evaluation of an experiment with variants into its modes.</summary>
internal static class EvaluationParts
{
    /// <summary>The result with its parts and its caveat; without variants, the same.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="result">Of its evaluation tasks.</param>
    internal static EvaluationResult Divide(Experiment experiment, EvaluationResult result)
    {
        var modes = ExperimentModule.EvaluationModes(experiment);
        if (modes.IsEmpty)
            return result;
        var tasks = result.Tasks.ToDictionary(task => task.Name);
        return result with
        {
            Parts = [.. modes.Select(mode => new EvaluationPart(
                mode.Name,
                [.. mode.Variants.Select(variant => variant.Item1)],
                new EvaluationResult(
                    result.Step,
                    [.. mode.Variants.Where(variant => tasks.ContainsKey(variant.Item2)).Select(variant => tasks[variant.Item2])])))],
            Caveat = OptionModule.ToObj(ExperimentModule.Caveat(experiment)),
        };
    }
}
