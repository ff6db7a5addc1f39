namespace MtrlFunctional.Tests.Environments;

public sealed class WorkerPoolTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    public void EveryPieceIsDoneOnceInEveryCall(int threads)
    {
        using var pool = new WorkerPool(threads);
        var done = new int[50];
        for (var call = 1; call <= 300; call++)
        {
            pool.Run(done.Length, i => Interlocked.Increment(ref done[i]));
            Assert.That(done, Has.All.EqualTo(call));
            // Calls in a row find the workers spinning; now and then all of them wait.
            if (call % 100 == 0)
                Waiting.Until("all workers wait", () => pool.Waiting == threads - 1);
        }
    }

    [Test]
    public void AnExceptionComesOutAfterAllOthersAreDone()
    {
        using var pool = new WorkerPool(3);
        var done = new int[20];
        Assert.That(
            () => pool.Run(20, i =>
            {
                if (i == 4)
                    throw new InvalidOperationException("piece 4");
                done[i] = 1;
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("piece 4"));
        Assert.That(done.Sum(), Is.EqualTo(19));
        pool.Run(20, i => done[i] = 2);
        Assert.That(done, Has.All.EqualTo(2));
    }

    [TestCase(1)]
    [TestCase(2)]
    public void NothingIsDoneAfterItsEnd(int threads)
    {
        var pool = new WorkerPool(threads);
        pool.Dispose();
        Assert.That(() => pool.Run(1, _ => { }), Throws.InstanceOf<ObjectDisposedException>());
    }
}
