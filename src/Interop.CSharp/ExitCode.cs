namespace MtrlFunctional;

/// <summary>Exit codes of the <c>mtrl</c> program. Signals give 128 plus their number (130: Ctrl-C, 143: kill).</summary>
public static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>The work was done and its result is negative: a check or a test failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong input; nothing was started.</summary>
    public const int WrongInput = 2;

    /// <summary>Training was stopped by an error; saved files stay valid.</summary>
    public const int Stopped = 3;

    /// <summary>Stopped by Ctrl-C (SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by <c>kill</c> (SIGTERM).</summary>
    public const int Terminated = 143;
}
