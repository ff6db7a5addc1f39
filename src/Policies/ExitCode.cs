namespace MtrlFunctional;

/// <summary>Exit codes of the <c>mtrl</c> program. Signals give 128 plus their number (130: Ctrl-C, 143: kill).</summary>
public static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Done = 0;

    /// <summary>The work was done and its result is negative: a check or a test failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrong input, such as a target that cannot be written; no training was started or changed.</summary>
    public const int WrongInput = 2;

    /// <summary>Training was stopped by an error; saved files stay valid.</summary>
    public const int Stopped = 3;

    /// <summary>Asked to save, by SIGUSR1, or by any signal to one of several processes; a checkpoint was saved: start the command
    /// again, and the run goes on.</summary>
    public const int StartAgain = 85;

    /// <summary>Stopped because the terminal was closed (SIGHUP).</summary>
    public const int HungUp = 129;

    /// <summary>Stopped by Ctrl-C (SIGINT), or because the reader of the output was closed.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by Ctrl-\ (SIGQUIT).</summary>
    public const int Quit = 131;

    /// <summary>Stopped by <c>kill</c> (SIGTERM).</summary>
    public const int Terminated = 143;
}
