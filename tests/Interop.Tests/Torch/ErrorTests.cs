using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>A libtorch error is an exception with its text and does not end the process.</summary>
[TestFixture]
public sealed class ErrorTests
{
    private static TestCaseData Refused(string name, Action call, string text) =>
        new TestCaseData(call, text).SetArgDisplayNames(name);

    private static IEnumerable<TestCaseData> Calls()
    {
        Tensor Zeros(params long[] shape) => torch.zeros(shape, ScalarType.Float32, Libtorch.Cpu);
        Tensor[] GradOf(Tensor leaf) => Gradients.Of([leaf.exp()], [leaf], [], false, false);
        Tensor Integers() => TensorMemory.FromLongs([0, 1, 2], [3]);
        yield return Refused("shapes", () => Zeros(2).add(Zeros(3)), "size of tensor a (2)");
        yield return Refused("products", () => Products.MatMul(Zeros(2, 3), Zeros(2, 3)), "cannot be multiplied");
        yield return Refused("range", () => Zeros(2).narrow(0, 1, 5), "exceeds dimension size");
        yield return Refused("view", () => Zeros(2).reshape([3]), "invalid for input of size 2");
        yield return Refused("lists", () => torch.cat([Zeros(2, 2), Zeros(3)], 0), "same number of dimensions");
        yield return Refused("empty list", () => torch.stack([], 0), "non-empty");
        yield return Refused("types", () => Integers().mean(), "floating point");
        yield return Refused("memory", () => Zeros(1L << 50), "allocate");
        yield return Refused("gradient of integers (a void function)", () => Integers().detach().requires_grad_(true), "floating point");
        yield return Refused("copy (a void function)", () => Zeros(2).detach().copy_(Zeros(3)), "size of tensor");
        yield return Refused("gradient of a vector", () => GradOf(Zeros(2).detach().requires_grad_(true)), "scalar");
        yield return Refused("gradient without record", () => Gradients.Of([Zeros(2).sum()], [Zeros(2)], [], false, false), "require grad");
    }

    [TestCaseSource(nameof(Calls))]
    public void BecomesAnExceptionWithAText(Action call, string text)
    {
        using var scope = torch.NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => call());
        Assert.That(error!.Message, Does.Contain(text));
    }

    [Test]
    public void ADeviceThatIsNotThereIsAnException()
    {
        if (Libtorch.IsCudaAvailable)
            Assert.Ignore("This machine has a GPU.");
        Assert.That(() => torch.zeros([1], ScalarType.Float32, Libtorch.Device("cuda:0")).Dispose(), Throws.Exception);
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
