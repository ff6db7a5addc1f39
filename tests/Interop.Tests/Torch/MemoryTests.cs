using MtrlFunctional.Tensors;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Nothing is left behind, however long it runs.</summary>
[TestFixture, NonParallelizable]
public sealed class MemoryTests
{
    private static readonly int _rounds = LongForm.IsAsked ? 30_000 : 3_000;

    /// <summary>Operations: 17 forward and as many backward a round, in a scope of its own; in the long form a million.</summary>
    [Test]
    public void MemoryIsFlatAfterManyOperations()
    {
        using var outer = torch.NewDisposeScope();
        var x = Drawn.Normal(1, [8, 16]);
        var weight = Drawn.Normal(2, [16, 16]).detach().requires_grad_(true);
        var bias = torch.zeros([16], ScalarType.Float32, Libtorch.Cpu).detach().requires_grad_(true);
        var live = Libtorch.LiveTensors;
        Run(_rounds / 5);
        var early = Resident();
        Run(_rounds);
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(live));
        // A leaked tensor a round would be 30,000 × (512 bytes and its description), some 25 MB.
        Assert.That(Resident() - early, Is.LessThan(12 << 20));

        void Run(int rounds)
        {
            for (var i = 0; i < rounds; i++)
            {
                using var scope = torch.NewDisposeScope();
                var y = DenseLayers.Layer(x, weight, bias, true, false);
                for (var k = 0; k < 5; k++)
                    y = y.Times(0.5).Plus(0.1).tanh();
                _ = Gradients.Of([y.sum()], [weight, bias], [], false, false);
            }
        }
    }

    [Test]
    public void AnErrorLeavesNothingBehind()
    {
        using var outer = torch.NewDisposeScope();
        var x = torch.zeros([2], ScalarType.Float32, Libtorch.Cpu);
        var y = torch.zeros([3], ScalarType.Float32, Libtorch.Cpu);
        var live = Libtorch.LiveTensors;
        for (var i = 0; i < 50; i++)
            Assert.That(() => x.add(y), Throws.Exception);
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(live));
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        const long page = 4096;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * page;
    }
}
