namespace MtrlFunctional.Tests.Training;

/// <summary>Numbers that are computed from the episodes of an evaluation.</summary>
public class EvaluationResultTests
{
    private static TaskEvaluation Task(string name, double success) => new(name, success, success, Return: 1);

    [Test]
    public void TasksWithoutSuccessHaveNoPartInTheRate()
    {
        var result = new EvaluationResult(0, [Task("reach-v3", 0.5), Task("walker-walk", double.NaN)])
        {
            EpisodeSuccesses = [[true, false], null],
        };
        Assert.That(result.SuccessRate.Mean, Is.EqualTo(0.5));
        Assert.That(result.SuccessRate.Interval!.Value.High, Is.EqualTo(1));
    }

    /// <summary>An agent with a memory, evaluated goal by goal.</summary>
    [Test]
    public void GoalsTogetherHaveTheMeansOfTheirTrials()
    {
        EvaluationResult Goal(double success, double reward) => new(0, [Task("reach-v3", success)])
        {
            EpisodeReturns = [[reward]],
            EpisodeSuccesses = [[success > 0]],
            ExplorationEpisodes = 1,
            Trials = [[new(0, reward), new(success, 2 * reward)]],
            TrialShares = [[success]],
        };
        var together = EvaluationResult.Together([Goal(1, 4), Goal(0, 2)]);
        Assert.That(together.ExplorationEpisodes, Is.EqualTo(1));
        Assert.That(together.Trials![0], Is.EqualTo(new[] { new TrialEpisode(0, 3), new TrialEpisode(0.5, 6) }));
        Assert.That(together.TrialShares![0], Is.EqualTo(new[] { 1.0, 0 }));
    }

    [Test]
    public void ARateOfNoTaskIsNotANumber()
    {
        var result = new EvaluationResult(0, [Task("cartpole", double.NaN)]) { EpisodeSuccesses = [null] };
        Assert.That(result.SuccessRate.Mean, Is.NaN);
        Assert.That(result.SuccessRate.Interval, Is.Null);
    }
}
