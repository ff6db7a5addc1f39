namespace MtrlFunctional.Training;

/// <summary>Divides the evaluation of an experiment with variants into its modes.</summary>
internal static class EvaluationParts
{
    /// <summary>The result with its parts and its caveat; unchanged without variants.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="result">The result of its evaluation tasks.</param>
    internal static EvaluationResult Divide(Experiment experiment, EvaluationResult result)
    {
        var modes = ExperimentModule.EvaluationModes(experiment);
        if (modes.IsEmpty)
            return result;
        return result with
        {
            Parts = [.. modes.Select(mode => new EvaluationPart(
                mode.Name, [.. mode.Variants.Select(variant => variant.Item1)], PartOf(result, mode)))],
            Caveat = OptionModule.ToObj(ExperimentModule.Caveat(experiment)),
        };
    }

    private static EvaluationResult PartOf(EvaluationResult result, EvaluationMode mode)
    {
        var names = result.Tasks.Select(task => task.Name).ToList();
        int[] places = [.. mode.Variants.Select(variant => names.IndexOf(variant.Item2)).Where(place => place >= 0)];
        return new EvaluationResult(result.Step, [.. places.Select(place => result.Tasks[place])])
        {
            EpisodeReturns = result.EpisodeReturns.Count == 0 ? [] : [.. places.Select(place => result.EpisodeReturns[place])],
            EpisodeSuccesses =
                result.EpisodeSuccesses.Count == 0 ? [] : [.. places.Select(place => result.EpisodeSuccesses[place])],
        };
    }
}
