namespace MtrlFunctional.Training;

/// <summary>Duration of the evaluations of a run, in this process. Not thread-safe.</summary>
internal sealed class EvaluationTime
{
    private readonly Stopwatch _clock = new();
    private int _count;

    /// <summary>The time of all evaluations, the present one included.</summary>
    internal TimeSpan Total => _clock.Elapsed;

    /// <summary>Measures an evaluation.</summary>
    internal void Measure(Action evaluate)
    {
        _clock.Start();
        try
        {
            evaluate();
            _count++;
        }
        finally
        {
            _clock.Stop();
        }
    }

    /// <summary>The expected time of this number of evaluations, by the mean so far; zero before the first.</summary>
    internal TimeSpan Of(long evaluations) => _count == 0 ? TimeSpan.Zero : Total / _count * evaluations;
}
