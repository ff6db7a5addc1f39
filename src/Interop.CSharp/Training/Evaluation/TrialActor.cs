namespace MtrlFunctional.Training;

/// <summary>Acts in evaluated trials: with noise in the episodes of exploration, as in training, and greedily in the
/// others.</summary>
/// <remarks>A memory learns from episodes explored with noise. The noise is a function of environment, trial and step, so that
/// evaluations of one policy are equal, and correlated in time as in training. Policy and environments stay the caller's. Source:
/// Meta-World's evaluation of RL², whose agents explore with samples.</remarks>
internal sealed class TrialActor : IGreedyPolicy
{
    private static readonly Key _key = Keys.ForPurpose("exploration", Keys.OfSeed(0));
    private readonly IExploringPolicy _policy;
    private readonly VectorEnvironment _environments;
    private readonly TrialEnvironment[] _trials;
    private readonly bool[] _explores;
    private readonly float[] _noise;

    private TrialActor(IExploringPolicy policy, VectorEnvironment environments, TrialEnvironment[] trials)
    {
        (_policy, _environments, _trials) = (policy, environments, trials);
        (_explores, _noise) = (new bool[trials.Length], new float[trials.Length * policy.NoiseSize]);
    }

    /// <summary>The actor of a policy; the policy itself if it does not explore, or episodes are no trials.</summary>
    internal static IGreedyPolicy Of(IGreedyPolicy policy, VectorEnvironment environments) =>
        policy is IExploringPolicy exploring && TrialEnvironment.AllOf(environments) is { } trials
            ? new TrialActor(exploring, environments, trials)
            : policy;

    public void ActGreedily(ObservationRows observations, Span<float> actions)
    {
        var size = _policy.NoiseSize;
        for (var i = 0; i < _trials.Length; i++)
        {
            _explores[i] = _trials[i].Explores;
            if (!_explores[i])
                continue;
            var t = _environments.EpisodeSteps(i);
            var step = Keys.At(t, Keys.At(_environments.Episodes[i], Keys.At(i, _key)));
            for (var k = 0; k < size; k++)
            {
                ref var number = ref _noise[(i * size) + k];
                var fresh = (float)Keys.Normal(Keys.At(k, step));
                number = t == 0 ? fresh : CorrelatedNoise.Next(_policy.NoiseCorrelation, number, fresh);
            }
        }

        _policy.Act(observations, _explores, _noise, actions);
    }
}
