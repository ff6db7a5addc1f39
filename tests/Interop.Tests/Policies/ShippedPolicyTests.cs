namespace MtrlFunctional.Tests.Policies;

/// <summary>The policies that are part of the program do what their cards state.</summary>
public class ShippedPolicyTests
{
    private static readonly int _episodesPerTask = LongForm.IsAsked ? 2 : 1;
    private const long LargestFile = 1_000_000;

    [TestCaseSource(nameof(Names))]
    public void ItsFileHasItsCard(string name)
    {
        Assert.That(ShippedPolicies.FileOf(name), Has.Length.LessThan(LargestFile));
        using var policy = Policy.Load(name);
        Assert.That(policy.Card!.Results.Select(result => result.Task), Is.EqualTo(policy.Tasks));
        Assert.That((policy.Step > 0, policy.Licence), Is.EqualTo((true, "MIT")));
    }

    /// <summary>In the tasks that define success; in the short form not in fifty of them.</summary>
    [TestCase("policy:mt10"), TestCase("policy:mixed"), TestCase("policy:mt50", Category = LongForm.Only)]
    public void ItSucceedsAsOftenAsItsCardStates(string name)
    {
        using var policy = Policy.Load(name);
        using var rollout = Rollout.OfRun(name);
        var (environments, card, successes) = (rollout.Environments, policy.Card!, 0);
        for (var episode = 0; episode < _episodesPerTask; episode++)
        {
            var reached = new bool[environments.Count];
            rollout.Begin(episode);
            for (var step = 0; step < card.Horizon && reached.Contains(false); step++)
            {
                rollout.Step();
                for (var i = 0; i < reached.Length; i++)
                    reached[i] |= environments.Success[i];
            }

            successes += reached.Count(task => task);
        }

        var expected = card.Successes / (double)card.Episodes;
        var played = _episodesPerTask * card.Results.Count(result => result.Successes is not null);
        Assert.That(successes / (double)played, Is.GreaterThanOrEqualTo(expected - 0.1));
    }

    private static IEnumerable<string> Names() => ShippedPolicies.Names;
}
