namespace MtrlFunctional.Training;

/// <summary>Scripts whose errors are reported as the program's are: by a message instead of a stack trace.</summary>
public static class Script
{
    /// <summary>Runs the body of a script. A failure that the user can fix, such as a wrong word or a missing library, ends the process:
    /// its message on standard error, its exit code.</summary>
    /// <param name="body">
    /// The script, which may raise <see cref="MtrlException"/> or <see cref="DllNotFoundException"/>.
    /// </param>
    /// <returns>The result of the body.</returns>
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
