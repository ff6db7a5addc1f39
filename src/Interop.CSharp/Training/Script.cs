namespace MtrlFunctional.Training;

/// <summary>Scripts whose mistakes are told as those of the program are: by a message instead of a stack trace.</summary>
public static class Script
{
    /// <summary>Runs the body of a script. A failure that the user can fix, such as a wrong word or a missing library, ends the process:
    /// its message on standard error, its exit code.</summary>
    /// <param name="body">What may raise <see cref="MtrlException"/> or <see cref="DllNotFoundException"/>.</param>
    /// <returns>What the body returns.</returns>
    public static T Run<T>(Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            return body();
        }
        catch (Exception e) when (e is MtrlException or DllNotFoundException)
        {
            Console.Error.WriteLine(e.Message);
            System.Environment.Exit(e is MtrlException failure ? failure.ExitCode : ExitCode.WrongInput);
            throw;
        }
    }
}
