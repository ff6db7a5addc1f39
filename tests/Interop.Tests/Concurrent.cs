namespace MtrlFunctional.Tests;

/// <summary>The same work on eight threads that begin together, to be compared with that of one thread.</summary>
internal static class Concurrent
{
    private const int Threads = 8;

    /// <summary>The result of each thread.</summary>
    /// <param name="work">Of thread 0 to 7.</param>
    /// <exception cref="AggregateException">Those of the threads.</exception>
    internal static T[] Run<T>(Func<int, T> work)
    {
        var results = new T[Threads];
        var failures = new Exception?[Threads];
        using var start = new Barrier(Threads);
        var threads = Enumerable.Range(0, Threads).Select(thread => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                results[thread] = work(thread);
            }
            catch (Exception e)
            {
                failures[thread] = e;
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        var all = failures.OfType<Exception>().ToArray();
        return all.Length == 0 ? results : throw new AggregateException(all);
    }

    /// <summary>Asserts that eight threads get what one thread gets.</summary>
    internal static void Equals<T>(Func<T> work)
    {
        var alone = work();
        foreach (var (thread, result) in Run(_ => work()).Index())
            Assert.That(result, Is.EqualTo(alone), $"thread {thread}");
    }
}
