using MtrlFunctional.Agents;

namespace MtrlFunctional.Training;

/// <summary>The networks of a run for test tasks that it is not trained on, which they know by their sentences.</summary>
/// <remarks>Parameters are the run's; only the sentences differ. The caller disposes it. Not thread-safe.</remarks>
internal sealed class SentenceEvaluation : IDisposable
{
    private readonly ILearner _own;

    private SentenceEvaluation(ILearner own) => _own = own;

    /// <summary>For an experiment whose test tasks have other sentences than its tasks; null: it has no such tasks.</summary>
    internal static SentenceEvaluation? Of(Experiment experiment, VectorEnvironment environments, int threads, Extensions extensions)
    {
        if (!EvaluatedTasks.HaveOtherSentences(experiment))
            return null;
        var evaluated = EvaluatedTasks.OfTasks(experiment.Environment.TestTasks, experiment);
        return new SentenceEvaluation(Learner.Create(evaluated, environments.Spec, threads, extensions));
    }

    /// <summary>The learner for the test tasks, with the present parameters of the learner of the run.</summary>
    /// <exception cref="InvalidOperationException">The networks differ in more than entries of tasks.</exception>
    internal ILearner With(ILearner trained)
    {
        using var scope = torch.NewDisposeScope();
        var present = trained.Named().ToDictionary(named => named.Item1, named => named.Item2);
        var before = _own.Named().ToDictionary(named => named.Item1, named => named.Item2.clone());

        // Entries of tasks, such as the scales of values, are in no greedy action of networks that know tasks by sentences.
        _own.RestoreOwn(
            name => !TaskRows.AreSentences(name) && present.TryGetValue(name, out var tensor)
                && tensor.shape.SequenceEqual(before[name].shape) ? tensor : before.GetValueOrDefault(name),
            trained.Updates);
        return _own;
    }

    public void Dispose() => _own.Dispose();
}
