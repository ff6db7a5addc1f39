using System.Runtime.Intrinsics.X86;
using MtrlFunctional.Tensors;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Torch;

/// <summary>The settings that decide speed are in force.</summary>
[TestFixture, NonParallelizable]
public sealed class ProcessorTests
{
    [Test]
    public void OpenBLASUsesTheWidestKernelsOfThisProcessor()
    {
        var report = Processor.Report();
        if (report.BlasCore is null || Environment.GetEnvironmentVariable("MTRL_OPENBLAS_CORETYPE") is not null)
            Assert.Ignore("BLAS is no OpenBLAS, or its kernels were chosen by hand.");
        if (Avx512F.IsSupported)
            Assert.That(report.BlasCore, Is.EqualTo("SkylakeX").IgnoreCase);
        Assert.That(report.Warnings, Is.Empty);
    }

    [Test]
    public void TheReportSaysWhatComputesHere()
    {
        var report = Processor.Report();
        Assert.That(report.Libtorch, Does.Match(@"^\d+\.\d+"));
        Assert.That(report.Blas, Is.Not.Empty);
        Assert.That(report.Workers, Is.GreaterThanOrEqualTo(1));
        Assert.That(report.Settings, Has.Some.StartsWith("OMP_WAIT_POLICY=PASSIVE"));
    }

    [Test]
    public void ThreadsOfAnOperationAreSetForLibtorchAndForBLAS()
    {
        Ops.SetThreads(1);
        var report = Processor.Report();
        Assert.That(report.OperationThreads, Is.EqualTo(1));
        Assert.That(report.BlasThreads ?? 1, Is.EqualTo(1));
    }

    [Test]
    public void AProductIsMeasured()
    {
        var gigaflops = Processor.MeasureGemm(1, Numeric.Float32);
        TestContext.Out.WriteLine($"{gigaflops:F0} GFLOP/s");
        Assert.That(gigaflops, Is.InRange(1.0, 100_000.0));
    }
}
