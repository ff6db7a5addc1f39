namespace MtrlFunctional;

/// <summary>A failure that the user can fix: only its message is shown, without a stack trace. The message gives the location,
/// the wrong and the expected value, and the fix.</summary>
/// <param name="message">One clear sentence or two; the path or key first.</param>
/// <param name="exitCode">Exit code of the program: see <see cref="MtrlFunctional.ExitCode"/>.</param>
/// <param name="inner">The cause; shown with <c>--verbose</c> only.</param>
public class MtrlException(string message, int exitCode = MtrlFunctional.ExitCode.WrongInput, Exception? inner = null)
    : Exception(message, inner)
{
    /// <summary>Exit code of the program if this failure is not handled.</summary>
    public int ExitCode { get; } = exitCode;
}
