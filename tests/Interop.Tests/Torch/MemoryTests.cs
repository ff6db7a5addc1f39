using MtrlFunctional.Tensors;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Nothing is left behind, however long it runs.</summary>
[TestFixture, NonParallelizable]
public sealed class MemoryTests
{
    private const int Rounds = 30_000;

    /// <summary>A million operations: 17 forward and as many backward a round, in a scope of its own.</summary>
    [Test]
    public void MemoryIsFlatAfterAMillionOperations()
    {
        using var outer = Ops.Scope();
        var x = Ops.Normal(1, [8, 16], Numeric.Float32, Ops.Cpu);
        var weight = Ops.Leaf(Ops.Normal(2, [16, 16], Numeric.Float32, Ops.Cpu));
        var bias = Ops.Leaf(Ops.Zeros([16], Numeric.Float32, Ops.Cpu));
        var live = Ops.LiveTensors;
        Run(Rounds / 5);
        var early = Resident();
        Run(Rounds);
        Assert.That(Ops.LiveTensors, Is.EqualTo(live));
        // A leaked tensor a round would be 30,000 × (512 bytes and its description), some 25 MB.
        Assert.That(Resident() - early, Is.LessThan(12 << 20));

        void Run(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                using var scope = Ops.Scope();
                var y = Ops.Dense(x, weight, bias, true, false);
                for (var k = 0; k < 5; k++)
                    y = Ops.Tanh(Ops.AddScalar(Ops.MulScalar(y, 0.5), 0.1));
                _ = Ops.Grad(Ops.Sum(y), [weight, bias]);
            }
        }
    }

    [Test]
    public void AnErrorLeavesNothingBehind()
    {
        using var outer = Ops.Scope();
        var x = Ops.Zeros([2], Numeric.Float32, Ops.Cpu);
        var y = Ops.Zeros([3], Numeric.Float32, Ops.Cpu);
        var live = Ops.LiveTensors;
        for (var i = 0; i < 50; i++)
            Assert.That(() => Ops.Add(x, y), Throws.Exception);
        Assert.That(Ops.LiveTensors, Is.EqualTo(live));
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        const long page = 4096;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * page;
    }
}
