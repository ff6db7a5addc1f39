using System.Runtime.InteropServices;

namespace MtrlFunctional.Tests.Child;

/// <summary>Threads that play processes on one folder, one call at a time (<c>players.h</c>).</summary>
internal static unsafe partial class Players
{
    private static Action<int, string, string> _observe = (_, _, _) => { };

    /// <summary>Runs threads until all return.</summary>
    /// <param name="seed">Of the order of their calls.</param>
    /// <param name="hasFlock">Whether their file system has <c>flock</c>.</param>
    /// <param name="observe">Receives each change of the disk, before it happens: player, call, path below the folder.</param>
    /// <param name="bodies">What each plays.</param>
    internal static void Run(int seed, bool hasFlock, Action<int, string, string> observe, IReadOnlyList<Action> bodies)
    {
        _observe = observe;
        Begin(bodies.Count, seed, hasFlock ? 1 : 0, &Observe);
        var threads = bodies.Select((body, number) => new Thread(() =>
        {
            Enter(number);
            body();
            Leave();
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }

    /// <summary>A process begins in this thread.</summary>
    /// <param name="call">The call that fails, from 1; 0: none.</param>
    /// <param name="error">Its error number; 0: the process dies there.</param>
    [LibraryImport("faults", EntryPoint = "players_start")]
    internal static partial void Start(nint call, int error);

    /// <summary>Ends the process of this thread; whether it had died.</summary>
    [LibraryImport("faults", EntryPoint = "players_end")]
    [return: MarshalAs(UnmanagedType.I4)]
    internal static partial bool End();

    /// <summary>Wakes the threads that wait.</summary>
    [LibraryImport("faults", EntryPoint = "players_wake_all")]
    internal static partial void WakeAll();

    /// <summary>Waits until another one wakes this thread, unless all wait.</summary>
    [LibraryImport("faults", EntryPoint = "players_rest")]
    internal static partial void Rest();

    [UnmanagedCallersOnly]
    private static void Observe(int player, byte* name, byte* path) =>
        _observe(player, Marshal.PtrToStringUTF8((nint)name)!, Marshal.PtrToStringUTF8((nint)path)!);

    [LibraryImport("faults", EntryPoint = "players_begin")]
    private static partial void Begin(
        int count, nint seed, int hasFlock, delegate* unmanaged<int, byte*, byte*, void> observe);

    [LibraryImport("faults", EntryPoint = "players_enter")]
    private static partial void Enter(int number);

    [LibraryImport("faults", EntryPoint = "players_leave")]
    private static partial void Leave();
}
