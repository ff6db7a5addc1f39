namespace MtrlFunctional;

/// <summary>
/// A failure that the user can mend: its message alone is shown, without a stack trace. The message
/// says where it happened, what was found, what is right and what to do.
/// </summary>
public class MtrlException : Exception
{
    /// <param name="message">One clear sentence or two; the path or key first.</param>
    /// <param name="exitCode">Exit code of the program: see <see cref="MtrlFunctional.ExitCode"/>.</param>
    /// <param name="inner">What caused it; shown with <c>--verbose</c> only.</param>
    public MtrlException(string message, int exitCode = MtrlFunctional.ExitCode.WrongInput, Exception? inner = null)
        : base(message, inner) => ExitCode = exitCode;

    /// <summary>Exit code of the program when nobody handles this failure.</summary>
    public int ExitCode { get; }
}
