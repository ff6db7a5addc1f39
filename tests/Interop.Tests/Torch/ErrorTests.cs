using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
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
        Tensor Zeros(params long[] shape) => Ops.Zeros(shape, Numeric.Float32, Ops.Cpu);
        Tensor[] GradOf(Tensor leaf) => Ops.Grad(Ops.Exp(leaf), [leaf]);
        Tensor Integers() => Ops.FromLongs([0, 1, 2], [3]);
        yield return Refused("shapes", () => Ops.Add(Zeros(2), Zeros(3)), "size of tensor a (2)");
        yield return Refused("products", () => Ops.MatMul(Zeros(2, 3), Zeros(2, 3)), "cannot be multiplied");
        yield return Refused("range", () => Ops.Narrow(Zeros(2), 0, 1, 5), "exceeds dimension size");
        yield return Refused("view", () => Ops.Reshape(Zeros(2), [3]), "invalid for input of size 2");
        yield return Refused("lists", () => Ops.Cat([Zeros(2, 2), Zeros(3)], 0), "same number of dimensions");
        yield return Refused("empty list", () => Ops.Stack([], 0), "non-empty");
        yield return Refused("types", () => Ops.Mean(Integers()), "floating point");
        yield return Refused("memory", () => Zeros(1L << 50), "allocate");
        yield return Refused("gradient of integers (a void function)", () => Ops.Leaf(Integers()), "floating point");
        yield return Refused("copy (a void function)", () => Ops.CopyFrom(Zeros(2), Zeros(3)), "size of tensor");
        yield return Refused("gradient of a vector", () => GradOf(Ops.Leaf(Zeros(2))), "scalar");
        yield return Refused("gradient without record", () => Ops.Grad(Ops.Sum(Zeros(2)), [Zeros(2)]), "require grad");
    }

    [TestCaseSource(nameof(Calls))]
    public void BecomesAnExceptionWithAText(Action call, string text)
    {
        using var scope = Ops.Scope();
        var error = Assert.Throws<ExternalException>(() => call());
        Assert.That(error!.Message, Does.Contain(text));
    }

    [Test]
    public void ADeviceThatIsNotThereIsAnException()
    {
        if (Ops.IsCudaAvailable)
            Assert.Ignore("This machine has a GPU.");
        Assert.That(() => Ops.Zeros([1], Numeric.Float32, Ops.Device("cuda:0")).Dispose(), Throws.Exception);
    }

    [TestCase("gpu")]
    [TestCase("cuda:")]
    [TestCase("cuda:-1")]
    [TestCase("cuda:0:1")]
    [TestCase("")]
    public void AnUnknownDeviceIsNamed(string description)
    {
        var error = Assert.Throws<ArgumentException>(() => Ops.Device(description));
        Assert.That(error!.Message, Does.Contain($"'{description}'"));
    }

    [Test]
    public void WrongCountsAndTypesAreRefusedBeforeLibtorch()
    {
        using var scope = Ops.Scope();
        Assert.Throws<ArgumentException>(() => Ops.FromFloats([1f], [2]));
        Assert.Throws<ArgumentException>(() => Ops.Item(Ops.Zeros([2], Numeric.Float32, Ops.Cpu)));
        Assert.Throws<ArgumentException>(() => Ops.Data<float>(Ops.Zeros([2], Numeric.Float64, Ops.Cpu)));
        Assert.Throws<NotSupportedException>(
            () => Ops.Data<float>(Ops.Transpose(Ops.Zeros([2, 3], Numeric.Float32, Ops.Cpu), 0, 1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Ops.SetThreads(0));
    }
}
