using MtrlFunctional.Cadm;
using MtrlFunctional.Training;

namespace MtrlFunctional.Tests.Child;

/// <summary>Runs that differ in their seed only.</summary>
public static class SeededRuns
{
    /// <summary>Trains a run to its end.</summary>
    /// <param name="folder">Its base path.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="words">Its other words.</param>
    public static void Train(string folder, int seed, IEnumerable<string> words)
    {
        var experiment = ExperimentBuilder.Resolve(
            CadmExtension.extensions, [.. words, $"setup.base_path={folder}", $"setup.seed={seed}"]);
        using var run = TrainingRun.Start(experiment, CadmExtension.extensions);
        run.Run();
    }
}
