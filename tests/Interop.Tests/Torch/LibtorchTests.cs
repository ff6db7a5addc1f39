using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Memory of tensors, numbers in them, and the settings that decide speed.</summary>
public sealed class LibtorchTests
{
    private static readonly int _rounds = LongForm.IsAsked ? 30_000 : 600;

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

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        const long page = 4096;
        return long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1]) * page;
    }

    [Test]
    public void TheReportSaysWhatComputesHere()
    {
        var report = Processor.Report();
        Assert.That(report.Libtorch, Does.Match(@"^\d+\.\d+"));
        Assert.That(report.TorchSharp, Does.Match(@"^\d+\.\d+\.\d+$"));
        Assert.That(report.Kernels, Is.AnyOf("AVX-512", "AVX2", "none"));
        Assert.That(report.Workers, Is.GreaterThanOrEqualTo(1));
        Assert.That(report.Settings, Has.Some.StartsWith("OMP_WAIT_POLICY=PASSIVE"));
    }

    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:0:1")]
    [TestCase("")]
    public void AnUnknownDeviceIsNamed(string description)
    {
        var error = Assert.Throws<ArgumentException>(() => Libtorch.Device(description));
        Assert.That(error!.Message, Does.Contain($"'{description}'"));
    }

    [Test]
    public void WrongCountsAndTypesAreRefusedBeforeLibtorch()
    {
        using var scope = torch.NewDisposeScope();
        Assert.Throws<ArgumentException>(() => TensorMemory.FromFloats([1f], [2]));
        Assert.Throws<ArgumentException>(() => torch.zeros([2], ScalarType.Float32, Libtorch.Cpu).ToNumber());
        Assert.Throws<ArgumentException>(() => torch.zeros([2], ScalarType.Float64, Libtorch.Cpu).Span<float>());
        Assert.Throws<NotSupportedException>(
            () => (torch.zeros([2, 3], ScalarType.Float32, Libtorch.Cpu).transpose(0, 1)).Span<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => Libtorch.SetThreads(0));
    }
}
