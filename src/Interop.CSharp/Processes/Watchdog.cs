using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>Ends the job where other processes do not answer: one that hangs, is stopped or is cut off would let all wait for
/// ever.</summary>
/// <remarks>It counts its own seconds, on a thread of its own: a job that was stopped as a whole goes on. The caller disposes
/// it.</remarks>
internal sealed partial class Watchdog : IDisposable
{
    /// <summary>Exit code of a job that is ended so.</summary>
    private const int Unanswered = 75;

    private static readonly TimeSpan _limitOfAbort = TimeSpan.FromSeconds(5);

    private readonly double _least;
    private readonly TimeSpan _tick;
    private readonly Action<int> _abort;
    private readonly int _rank;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private volatile Func<string>? _wait;

    /// <param name="rank">Of this process.</param>
    /// <param name="least">Seconds without an answer, if no iteration took longer than a tenth of it.</param>
    /// <param name="abort">Ends all processes with an exit code; may hang.</param>
    internal Watchdog(int rank, double least, Action<int> abort)
    {
        (_rank, _least, _abort, _tick) = (rank, least, abort, TimeSpan.FromSeconds(Math.Min(1, least / 8)));
        _thread = new Thread(Count) { IsBackground = true, Name = "watchdog" };
        _thread.Start();
    }

    /// <summary>What the job does, for the message.</summary>
    internal string Place { get; set; } = "the start";

    internal double LongestIteration { get; set; }

    /// <inheritdoc cref="Wait(Func{string})"/>
    internal Waiting Wait(string what) => Wait(() => what); // A new function for each wait.

    /// <summary>Begins to count; the result ends it.</summary>
    internal Waiting Wait(Func<string> what)
    {
        _wait = what;
        return new Waiting(this);
    }

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Count()
    {
        var (counted, ticks) = ((Func<string>?)null, 0);
        while (!_end.Wait(_tick))
        {
            var patience = Launch.Patience(_least, LongestIteration);
            var what = _wait;
            (counted, ticks) = (what, what is not null && ReferenceEquals(what, counted) ? ticks + 1 : 0);
            if (what is not null && ticks * _tick.TotalSeconds > patience)
                EndJob($"mtrl: rank {_rank} on {Environment.MachineName}: no answer for {Text.Count((long)Math.Round(patience))} seconds in {Place}, {what()}. The job is ended.\n");
        }
    }

    private void EndJob(string why)
    {
        // Past the queues of the console, which end with the process.
        using (var errors = Console.OpenStandardError())
            errors.Write(Encoding.UTF8.GetBytes(why));
        new Thread(() => _abort(Unanswered)) { IsBackground = true }.Start();

        // The library of a process that is cut off from the others does not return.
        Thread.Sleep(_limitOfAbort);
        _exit(Unanswered);
    }

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    /// <summary>A wait that is counted, until it is disposed.</summary>
    internal readonly struct Waiting(Watchdog owner) : IDisposable
    {
        public void Dispose() => owner._wait = null;
    }
}
