using MtrlFunctional.Tests.Torch;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

public sealed class DataParallelTests
{
    private static Tensor[] Products(int part)
    {
        var x = Drawn.Normal((ulong)part, [64, 64]);
        return [x.mm(x), x.sum()];
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void GivesTheResultsOfEachPartInOrder(int count)
    {
        using var scope = torch.NewDisposeScope();
        using var parallel = new DataParallel(count);
        var serial = Shards.Serial(count).Map(Products);
        for (var round = 0; round < 20; round++)
        {
            var results = parallel.Map(Products);
            Assert.That(results, Has.Length.EqualTo(count));
            for (var part = 0; part < count; part++)
                for (var i = 0; i < 2; i++)
                    Assert.That(results[part][i].ToFloats(), Is.EqualTo(serial[part][i].ToFloats()));
        }
    }

    /// <summary>Its threads would mix the results of both calls.</summary>
    [Test]
    public void APartCannotBeginAnotherCall()
    {
        using var scope = torch.NewDisposeScope();
        using var parallel = new DataParallel(2);
        for (var asking = 0; asking < 2; asking++)
            Assert.That(
                () => parallel.Map(part => part == asking ? parallel.Map(Products)[0] : Products(part)),
                Throws.InvalidOperationException);
        Assert.That(parallel.Map(Products), Has.Length.EqualTo(2));
    }

    [Test]
    public void GivesResultsToTheCallersScopeAndFreesAllElse()
    {
        using var parallel = new DataParallel(2);
        var before = Libtorch.LiveTensors;
        using (torch.NewDisposeScope())
        {
            var results = parallel.Map(Products);
            Assert.That(Libtorch.LiveTensors - before, Is.EqualTo(results.Sum(r => r.Length)));
        }

        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before));
    }

    [Test]
    public void PassesOnTheFailureOfThePartWithTheLowestNumberAndGoesOnWorking()
    {
        using var parallel = new DataParallel(3);
        var before = Libtorch.LiveTensors;
        var failure = Assert.Throws<InvalidOperationException>(() => parallel.Map(part =>
            part == 0 ? Products(part) : throw new InvalidOperationException($"part {part}")));
        Assert.That(failure!.Message, Is.EqualTo("part 1"));
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before));

        using (torch.NewDisposeScope())
            Assert.That(parallel.Map(Products), Has.Length.EqualTo(3));
    }

    [Test]
    public void EndsItsThreadsAndSaysSo()
    {
        var parallel = new DataParallel(2);
        parallel.Dispose();
        parallel.Dispose();
        Assert.Throws<ObjectDisposedException>(() => parallel.Map(Products));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DataParallel(0));
    }
}
