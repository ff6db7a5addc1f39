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

    [Test]
    public void ARateOfNoTaskIsNotANumber()
    {
        var result = new EvaluationResult(0, [Task("cartpole", double.NaN)]) { EpisodeSuccesses = [null] };
        Assert.That(result.SuccessRate.Mean, Is.NaN);
        Assert.That(result.SuccessRate.Interval, Is.Null);
    }
}
