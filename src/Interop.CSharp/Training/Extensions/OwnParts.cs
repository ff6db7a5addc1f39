namespace MtrlFunctional.Training;

/// <summary>Functions of a program, from where the library calls them.</summary>
internal static class OwnParts
{
    /// <summary>Raises a failure of a part of the program within the core as an exception with its place, "update 12 (step
    /// 300)". Without a place (null) the part says enough.</summary>
    internal static T Run<T>(string? where, Func<T> run)
    {
        try
        {
            return run();
        }
        catch (OwnPartException e)
        {
            throw new MtrlException(
                where is null ? e.Message : $"{where}: {e.Message} Nothing of it is kept.",
                where is null ? ExitCode.WrongInput : ExitCode.Stopped, e.InnerException);
        }
    }

    /// <summary>Calls a function of the program between two steps: "Callbacks.OnEvaluation" at "runs/a/seed-1, step 300". It
    /// may end with its cancellation.</summary>
    internal static T Call<T>(string what, string where, Func<T> run, CancellationToken stop)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is not MtrlException && !(e is OperationCanceledException && stop.IsCancellationRequested))
        {
            throw new MtrlException($"{where}: {what} failed: {e.Message.TrimEnd('.')}. The newest checkpoint stays.", ExitCode.Stopped, e);
        }
    }
}
