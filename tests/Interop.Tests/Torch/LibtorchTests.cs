using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Memory of tensors, numbers in them, and the settings that decide speed.</summary>
public sealed class LibtorchTests
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

    /// <summary>Scripts find it by this number among the packages of all versions.</summary>
    [Test]
    public void ItsVersionIsThePinnedOne() => Assert.That(
        File.ReadAllText(Repository.PathOf("paket.lock")), Does.Contain($"libtorch-cpu-linux-x64 ({Version.Parse(TorchLibrary.Version).ToString(2)})"));

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
