using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>The policy of a learner that stays with its run.</summary>
/// <param name="learner">The learner of the run.</param>
internal sealed class BorrowedPolicy(ILearner learner) : IGreedyPolicy
{
    /// <inheritdoc/>
    public void ActGreedily(ObservationRows observations, Span<float> actions) => learner.ActGreedily(observations, actions);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The run disposes the learner.
    }
}
