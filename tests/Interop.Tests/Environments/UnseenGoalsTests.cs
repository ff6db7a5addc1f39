using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Tests.Environments;

/// <summary>Goals that a policy was not trained on.</summary>
public class UnseenGoalsTests
{
    private const int Seed = 1;
    private const int Count = 50;

    [TestCase("metaworld-mt10")]
    [TestCase("metaworld-ml10")]
    [TestCase("metaworld-ml1")]
    public void NoneIsAGoalOfTheRunWhateverTheSeed(string env)
    {
        var experiment = ExperimentBuilder.Resolve([$"env={env}", "agent=mtppo", $"setup.seed={Seed}"]);

        // The seeds of the run's own goals; ML1's test goals have the next one.
        foreach (var seed in new uint[] { Seed, Seed + 1 })
        {
            using var family = MetaWorldOfExperiment.UnseenFamily(experiment, experiment, seed, Count);
            var unseen = GoalsOf(family);
            foreach (var evaluate in new[] { false, true })
            {
                using var own = MetaWorldOfExperiment.Family(experiment, evaluate);
                var known = GoalsOf(own).Values.SelectMany(goals => goals).ToHashSet();
                Assert.That(unseen.Values.SelectMany(goals => goals).Any(known.Contains), Is.False);
            }

            Assert.That(unseen.Values.Select(goals => goals.Distinct().Count()), Is.All.EqualTo(Count));
        }
    }

    /// <summary>Evaluations of MT10 have the benchmark's goals, those of ML1 its test goals.</summary>
    [TestCase("metaworld-mt10", 20)]
    [TestCase("metaworld-mt10", 120)]
    [TestCase("metaworld-ml1", 120)]
    public void TrainingMayHaveFewerOrMoreGoalsThanTheBenchmark(string env, int count)
    {
        Dictionary<string, string[]> Goals(int number, bool evaluate)
        {
            var experiment = ExperimentBuilder.Resolve([$"env={env}", "agent=mtppo", $"setup.seed={Seed}", $"env.num_goals={number}"]);
            using var family = MetaWorldOfExperiment.Family(experiment, evaluate);
            return GoalsOf(family);
        }

        var (own, changed) = (Goals(Count, evaluate: false), Goals(count, evaluate: false));
        var tested = Goals(count, evaluate: true);
        Assert.That(tested, Is.EqualTo(Goals(Count, evaluate: true)));
        foreach (var (task, goals) in changed)
        {
            Assert.That(goals.Distinct().Count(), Is.EqualTo(count), task);
            Assert.That(goals.Take(Count), Is.EqualTo(own[task].Take(count)), task);
            Assert.That(goals.Skip(Count).Intersect(tested[task]), Is.Empty, task);
        }
    }

    [Test]
    public void ARunThatKnowsOneGoalOfEachTaskHasNoneToCompareWith()
    {
        var run = TrainedRuns.OfThreeTasks([.. TrainedRuns.OnPolicy, "env.goal_selection=fixed"]);
        Refused(() => RunEvaluation.CompareGoals(run, new UnseenGoals(2)), "one goal of each task");
    }

    private static Dictionary<string, string[]> GoalsOf(MetaWorldFamily family) => family.Goals.ToDictionary(
        task => task.Task.Name, task => task.Goals.Select(goal => string.Join(' ', goal)).ToArray());
}
