using MtrlFunctional.Tensors;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>The settings that decide speed are in force.</summary>
[TestFixture, NonParallelizable]
public sealed class ProcessorTests
{
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

    [Test]
    public void ThreadsOfAnOperationAreSet()
    {
        Libtorch.SetThreads(1);
        var report = Processor.Report();
        Assert.That(report.OperationThreads, Is.EqualTo(1));
    }

    [Test]
    public void AProductIsMeasured()
    {
        var gigaflops = Processor.MeasureGemm(1, ScalarType.Float32);
        TestContext.Out.WriteLine($"{gigaflops:F0} GFLOP/s");
        Assert.That(gigaflops, Is.InRange(1.0, 100_000.0));
    }
}
