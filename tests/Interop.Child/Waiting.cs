namespace MtrlFunctional.Tests.Child;

/// <summary>The only way in which a test waits for another thread or process: for a condition, with a time limit.</summary>
public static class Waiting
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Returns when a condition holds.</summary>
    /// <param name="what">The condition in words.</param>
    /// <param name="condition">Is asked about once a millisecond.</param>
    /// <exception cref="TimeoutException">It did not hold within three minutes.</exception>
    public static void Until(string what, Func<bool> condition)
    {
        if (!SpinWait.SpinUntil(condition, Limit))
            throw new TimeoutException($"After {Limit.TotalMinutes} minutes: not yet {what}.");
    }
}
