namespace MtrlFunctional.Tests.Training;

/// <summary>Runs that are stopped anywhere.</summary>
internal static class StoppedRun
{
    /// <summary>Trains until a condition holds, as another thread sees it.</summary>
    internal static void RunUntil(this TrainingRun run, Func<bool> condition)
    {
        using var stop = new CancellationTokenSource();
        var watcher = Task.Run(() =>
        {
            Waiting.Until("where the run is to be stopped", condition);
            stop.Cancel();
        });
        run.Run(stop: stop.Token);
        watcher.Wait();
    }
}
