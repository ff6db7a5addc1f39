using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Each operation against numbers computed by hand or by System.Math.</summary>
[TestFixture]
public sealed class OperationTests
{
    private static readonly double[] s_x = [-2.0, -0.5, 0.25, 3.0];

    private static Tensor Vector(params double[] values) => Ops.FromDoubles(values, [values.Length]);

    private static Tensor Matrix(long rows, params double[] values) =>
        Ops.FromDoubles(values, [rows, values.Length / rows]);

    private static TestCaseData Case(string name, Func<Tensor> compute, params double[] expected) =>
        new TestCaseData(compute, expected).SetArgDisplayNames(name);

    private static TestCaseData Each(string name, Func<Tensor, Tensor> compute, Func<double, double> expected) =>
        Case(name, () => compute(Vector(s_x)), [.. s_x.Select(expected)]);

    private static IEnumerable<TestCaseData> OneByOne()
    {
        yield return Each("Neg", Ops.Neg, x => -x);
        yield return Each("Exp", Ops.Exp, Math.Exp);
        yield return Each("Log", x => Ops.Log(Ops.Abs(x)), x => Math.Log(Math.Abs(x)));
        yield return Each("Tanh", Ops.Tanh, Math.Tanh);
        yield return Each("Relu", Ops.Relu, x => Math.Max(x, 0));
        yield return Each("Softplus", Ops.Softplus, x => Math.Log(1 + Math.Exp(x)));
        yield return Each("Square", Ops.Square, x => x * x);
        yield return Each("Sqrt", x => Ops.Sqrt(Ops.Abs(x)), x => Math.Sqrt(Math.Abs(x)));
        yield return Each("Abs", Ops.Abs, Math.Abs);
        yield return Each("Pow", x => Ops.Pow(x, 3.0), x => x * x * x);
        yield return Each("AddScalar", x => Ops.AddScalar(x, 1.5), x => x + 1.5);
        yield return Each("MulScalar", x => Ops.MulScalar(x, -2.0), x => -2 * x);
        yield return Each("Clamp", x => Ops.Clamp(x, -1.0, 1.0), x => Math.Clamp(x, -1, 1));
        yield return Each("ClampMin", x => Ops.ClampMin(x, 0.5), x => Math.Max(x, 0.5));
        yield return Each("ClampMax", x => Ops.ClampMax(x, 0.5), x => Math.Min(x, 0.5));
        yield return Each("Clone", Ops.Clone, x => x);
        yield return Each("ZerosLike", Ops.ZerosLike, _ => 0);
        yield return Each("FullLike", x => Ops.FullLike(x, 7.0), _ => 7);
        yield return Each("Detach", Ops.Detach, x => x);
        yield return Each("To", x => Ops.To(x, Ops.Device("cpu")), x => x);
        yield return Each("ToType", x => Ops.ToType(x, Numeric.Int64), Math.Truncate);
    }

    private static IEnumerable<TestCaseData> Pairs()
    {
        Tensor X() => Vector(1, 2, 3);
        Tensor Y() => Vector(3, 2, -1);
        yield return Case("Add", () => Ops.Add(X(), Y()), 4, 4, 2);
        yield return Case("Sub", () => Ops.Sub(X(), Y()), -2, 0, 4);
        yield return Case("Mul", () => Ops.Mul(X(), Y()), 3, 4, -3);
        yield return Case("Div", () => Ops.Div(X(), Y()), 1.0 / 3, 1, -3);
        yield return Case("Minimum", () => Ops.Minimum(X(), Y()), 1, 2, -1);
        yield return Case("Maximum", () => Ops.Maximum(X(), Y()), 3, 2, 3);
        yield return Case("Equal", () => Ops.Equal(X(), Y()), 0, 1, 0);
        yield return Case("Greater", () => Ops.Greater(X(), Y()), 0, 0, 1);
        yield return Case("GreaterOrEqual", () => Ops.GreaterOrEqual(X(), Y()), 0, 1, 1);
        yield return Case("Less", () => Ops.Less(X(), Y()), 1, 0, 0);
        yield return Case("IsFinite", () => Ops.IsFinite(Vector(1, double.NaN, double.NegativeInfinity)), 1, 0, 0);
        yield return Case("Where", () => Ops.Where(Ops.Greater(X(), Y()), X(), Y()), 3, 2, 3);
        yield return Case("Polyak", () => Ops.Polyak(X(), Y(), 0.25), 1.5, 2, 2);
        yield return Case("broadcasting", () => Ops.Add(Matrix(2, 1, 2, 3, 4), Vector(10, 20)), 11, 22, 13, 24);
    }

    private static IEnumerable<TestCaseData> Reductions()
    {
        Tensor X() => Matrix(2, 1, 2, 3, 6, 5, 4);
        yield return Case("Sum", () => Ops.Sum(X()), 21);
        yield return Case("SumDim", () => Ops.SumDim(X(), 0, false), 7, 7, 7);
        yield return Case("SumDim of the last", () => Ops.SumDim(X(), -1, true), 6, 15);
        yield return Case("Mean", () => Ops.Mean(X()), 3.5);
        yield return Case("MeanDim", () => Ops.MeanDim(X(), 1, false), 2, 5);
        yield return Case("AmaxDim", () => Ops.AmaxDim(X(), 1, false), 3, 6);
        yield return Case("Argmax", () => Ops.Argmax(Matrix(2, 1, 3, 3, 6, 5, 4), 1, false), 1, 0);
        yield return Case("Softmax", () => Ops.Softmax(Matrix(1, 0, Math.Log(3)), 1), 0.25, 0.75);
        yield return Case("LogSoftmax", () => Ops.LogSoftmax(Matrix(1, 0, Math.Log(3)), 1), Math.Log(0.25), Math.Log(0.75));
        yield return Case("Norm", () => Ops.Norm(Vector(3, -4)), 5);
        yield return Case("Item", () => Vector(Ops.Item(Ops.Sum(X()))), 21);
    }

    private static IEnumerable<TestCaseData> Shapes()
    {
        Tensor X() => Matrix(2, 1, 2, 3, 4, 5, 6);
        yield return Case("Reshape", () => Ops.SumDim(Ops.Reshape(X(), [3, -1]), 1, false), 3, 7, 11);
        yield return Case("Narrow", () => Ops.Narrow(X(), 1, 1, 2), 2, 3, 5, 6);
        yield return Case("Select", () => Ops.Select(X(), 0, 1), 4, 5, 6);
        yield return Case("Transpose", () => Ops.Transpose(X(), 0, 1), 1, 4, 2, 5, 3, 6);
        yield return Case("Contiguous", () => Ops.Contiguous(Ops.Transpose(X(), 0, 1)), 1, 4, 2, 5, 3, 6);
        yield return Case("Expand", () => Ops.Expand(Matrix(1, 1, 2), [2, -1]), 1, 2, 1, 2);
        yield return Case("Cat", () => Ops.Cat([Vector(1, 2), Vector(3)], 0), 1, 2, 3);
        yield return Case("Unbind", () => Ops.Unbind(Matrix(2, 1, 3, 3, 6, 5, 4), 1)[1], 3, 5);
        yield return Case("Stack", () => Ops.Stack([Vector(1, 2), Vector(3, 4)], 1), 1, 3, 2, 4);
        yield return Case("Unsqueeze", () => Ops.Mul(Ops.Unsqueeze(Vector(1, 2), 1), Vector(3, 4)), 3, 4, 6, 8);
        yield return Case("Squeeze", () => Ops.Squeeze(Matrix(1, 1, 2), 0), 1, 2);
        yield return Case("IndexSelect", () => Ops.IndexSelect(X(), 1, Ops.FromLongs([2, 0], [2])), 3, 1, 6, 4);
        yield return Case("Flatten", () => Ops.Flatten([X(), Ops.Transpose(Matrix(2, 1, 2, 3, 4), 0, 1)]), 1, 2, 3, 4, 5, 6, 1, 3, 2, 4);
    }

    private static IEnumerable<TestCaseData> Products()
    {
        Tensor X() => Matrix(2, 1, 2, 3, 4);
        Tensor Y() => Matrix(2, 5, 6, 7, 8);
        Tensor Batch(Tensor x) => Ops.Unsqueeze(x, 0);
        yield return Case("MatMul", () => Ops.MatMul(X(), Y()), 19, 22, 43, 50);
        yield return Case("Dense", () => Ops.Dense(X(), Y(), Vector(1, -1), false, false), 20, 21, 44, 49);
        yield return Case("Dense cut", () => Ops.Dense(X(), Y(), Vector(-20, -1), true, false), 0, 21, 23, 49);
        yield return Case("Bmm", () => Ops.Bmm(Batch(X()), Batch(Y())), 19, 22, 43, 50);
    }

    [TestCaseSource(nameof(OneByOne))]
    [TestCaseSource(nameof(Pairs))]
    [TestCaseSource(nameof(Reductions))]
    [TestCaseSource(nameof(Shapes))]
    [TestCaseSource(nameof(Products))]
    public void GivesTheNumbersOfItsFormula(Func<Tensor> compute, double[] expected)
    {
        using var scope = Ops.Scope();
        Assert.That(Ops.ToDoubles(compute()), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void NumbersComeBackAsTheyWentIn()
    {
        using var scope = Ops.Scope();
        Assert.That(Ops.ToFloats(Ops.FromFloats([1.5f, -2f], [2, 1])), Is.EqualTo(new[] { 1.5f, -2f }));
        Assert.That(Ops.ToLongs(Ops.FromLongs([long.MaxValue, 1], [2])), Is.EqualTo(new[] { long.MaxValue, 1 }));
        Assert.That(Ops.Shape(Ops.Empty([2, 0, 3], Numeric.Byte, Ops.Cpu)), Is.EqualTo(new long[] { 2, 0, 3 }));
        Assert.That(Ops.ToDoubles(Ops.Empty([0], Numeric.Float32, Ops.Cpu)), Is.Empty);
        Assert.That(Ops.NumericOf(Ops.Zeros([1], Numeric.BFloat16, Ops.Cpu)), Is.EqualTo(Numeric.BFloat16));
    }

    [Test]
    public void MemoryIsSeenAndWrittenInPlace()
    {
        using var scope = Ops.Scope();
        var x = Ops.Zeros([2, 2], Numeric.Float32, Ops.Cpu);
        Ops.Data<float>(x)[3] = 5f;
        var view = Ops.Select(x, 0, 1);
        Assert.That(Ops.ToFloats(view), Is.EqualTo(new[] { 0f, 5f }));
        Ops.CopyFrom(view, Ops.FromDoubles([1, 2], [2]));
        Assert.That(Ops.Data<float>(x).ToArray(), Is.EqualTo(new[] { 0f, 0f, 1f, 2f }));
        Assert.That(Ops.DataPointer(view) - Ops.DataPointer(x), Is.EqualTo((nint)8));
    }
}
