namespace MtrlFunctional.Physics;

/// <summary>Lets one thread at a time use native memory: a second one gets an exception, not a damaged heap. Thread-safe.</summary>
internal sealed class SoleUse(string name)
{
    private const int Free = 0;
    private const int Used = 1;
    private const int Ended = 2;
    private int _state;

    /// <summary>Begins a call, which ends with <see cref="Leave"/>.</summary>
    internal void Enter()
    {
        var before = Interlocked.CompareExchange(ref _state, Used, Free);
        if (before == Used)
            throw new InvalidOperationException($"{name} is in use by another thread. Each thread needs one of its own.");
        if (before == Ended)
            throw new ObjectDisposedException(name);
    }

    internal void Leave() => Volatile.Write(ref _state, Free);

    /// <summary>As <see cref="Enter"/>; the call ends with the result's disposal.</summary>
    internal Turn Begin()
    {
        Enter();
        return new Turn(this);
    }

    /// <summary>Waits for the call in progress, and lets no other begin.</summary>
    /// <returns>Whether the memory is to be freed: false where it was before.</returns>
    internal bool End()
    {
        var wait = default(SpinWait);
        while (true)
        {
            var before = Interlocked.CompareExchange(ref _state, Ended, Free);
            if (before != Used)
                return before == Free;
            wait.SpinOnce();
        }
    }

    internal bool IsUsed => Volatile.Read(ref _state) == Used;

    internal readonly ref struct Turn(SoleUse use)
    {
        public void Dispose() => use.Leave();
    }
}
