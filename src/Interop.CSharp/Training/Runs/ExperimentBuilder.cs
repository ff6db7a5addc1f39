using Microsoft.FSharp.Collections;
using MtrlFunctional.Experiments;

namespace MtrlFunctional.Training;

/// <summary>An experiment of words, for programs: <c>ExperimentBuilder.Preset("fast/mt10").Set("setup.seed", 1).Build()</c>.</summary>
/// <remarks>Immutable: each call returns another value. The last of repeated words wins, as on the command line.</remarks>
public sealed record ExperimentBuilder
{
    private ExperimentBuilder(IReadOnlyList<string> words, Extensions extensions) => (Words, Extensions) = (words, extensions);

    /// <summary>The words so far.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Parts that <c>own/NAME</c> in the words may name.</summary>
    public Extensions Extensions { get; }

    /// <summary>The words of a preset.</summary>
    /// <param name="name">As <c>mtrl list presets</c> prints it: "fast/mt10".</param>
    public static ExperimentBuilder Preset(string name) => Of($"preset={name}");

    /// <summary>Words as on the command line.</summary>
    /// <param name="words">For example <c>env=metaworld-mt10</c>, <c>agent=mtppo</c>.</param>
    public static ExperimentBuilder Of(params string[] words) => new([.. words], Extensions.None);

    /// <summary>Further words.</summary>
    /// <param name="words">For example <c>setup.seed=1</c>.</param>
    public ExperimentBuilder With(params string[] words) => new([.. Words, .. words], Extensions);

    /// <summary>A key with its value.</summary>
    /// <param name="key">For example <c>agent.actor.hidden_dim</c>.</param>
    /// <param name="value">A number, a truth value or a text, written as on the command line in every culture.</param>
    public ExperimentBuilder Set(string key, IConvertible value) =>
        With(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{key}={value}"));

    /// <summary>Parts that a program adds.</summary>
    /// <param name="extensions">Extensions in the place of the former ones.</param>
    public ExperimentBuilder With(Extensions extensions) => new(Words, extensions);

    /// <summary>The experiment that the words describe.</summary>
    /// <returns>A checked experiment that can be run here, and remarks on it.</returns>
    /// <exception cref="MtrlException">All mistakes in the words, a line each; or a part of <see cref="Extensions"/> failed.</exception>
    public BuiltExperiment Build()
    {
        var resolved = OwnParts.Run(
            where: null, () => ExperimentModule.ResolveWith(Extensions.Additions, ListModule.OfSeq(Words)));
        return resolved.IsOk
            ? new BuiltExperiment(resolved.ResultValue.Item1, [.. resolved.ResultValue.Item2.Select(warning => warning.ToString())])
            : throw new MtrlException(string.Join(Environment.NewLine, resolved.ErrorValue));
    }
}

/// <summary>A checked experiment.</summary>
/// <param name="Experiment">The experiment, which this machine can run.</param>
/// <param name="Warnings">Remarks on valid words with an effect that may be unexpected; often none.</param>
public sealed record BuiltExperiment(Experiment Experiment, IReadOnlyList<string> Warnings);
