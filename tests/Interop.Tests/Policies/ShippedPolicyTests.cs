using MtrlFunctional.Policies;
using MtrlFunctional.Training;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Policies;

/// <summary>The policies that are part of the program do what their cards state.</summary>
[TestFixture]
public class ShippedPolicyTests
{
    private const int EpisodesPerTask = 2;
    private const long LargestFile = 1_000_000;

    [TestCaseSource(nameof(Cards))]
    public void ItsFileIsThatOfItsCard(PolicyCard card)
    {
        var file = ShippedPolicies.FileOf(ShippedPolicies.Prefix + card.Name);
        Assert.That(new FileInfo(file).Length, Is.LessThan(LargestFile));
        using var policy = Policy.Load(ShippedPolicies.Prefix + card.Name);
        Assert.That(policy.Tasks, Is.EqualTo(card.Results.Select(result => result.Task)));
        Assert.That((policy.Step, policy.Licence), Is.EqualTo((card.Steps, card.Licence)));
        Assert.That(policy.IsManaged);
    }

    [TestCaseSource(nameof(Cards))]
    public void ItSucceedsAsOftenAsItsCardStates(PolicyCard card)
    {
        using var rollout = Rollout.OfRun(ShippedPolicies.Prefix + card.Name);
        var (environments, successes) = (rollout.Environments, 0);
        for (var episode = 0; episode < EpisodesPerTask; episode++)
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
        Assert.That(successes / (double)(EpisodesPerTask * environments.Count), Is.GreaterThanOrEqualTo(expected - 0.1));
    }

    [Test]
    public void AnUnknownNameHasTheNearest() =>
        Assert.That(
            () => Policy.Load("policy:mt1O"),
            Throws.InstanceOf<MtrlException>().With.Message.Contains("policy:mt10"));

    private static IEnumerable<PolicyCard> Cards() => ShippedPolicies.All;
}
