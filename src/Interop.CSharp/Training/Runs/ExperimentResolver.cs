using MtrlFunctional.Experiments;

namespace MtrlFunctional.Training;

/// <summary>Experiments from override words in one call; <see cref="ExperimentBuilder"/> adds words step by step and returns
/// warnings.</summary>
public static class ExperimentResolver
{
    /// <summary>The experiment that words describe, as on the command line.</summary>
    /// <param name="words">For example <c>env=metaworld-mt10</c>, <c>agent=state_sac</c>, <c>setup.seed=1</c>.</param>
    /// <returns>A checked experiment that can be run here.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each.</exception>
    public static Experiment Resolve(params IEnumerable<string> words) => Resolve(Extensions.None, words);

    /// <summary>The experiment that words describe, with the parts of extensions.</summary>
    /// <param name="extensions">The parts that the words may name.</param>
    /// <param name="words">For example <c>agent.surgery.method=NAME</c>.</param>
    /// <returns>A checked experiment that can be run with these extensions.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each.</exception>
    public static Experiment Resolve(Extensions extensions, params IEnumerable<string> words) =>
        ExperimentBuilder.Of([.. words]).With(extensions).Build().Experiment;
}
