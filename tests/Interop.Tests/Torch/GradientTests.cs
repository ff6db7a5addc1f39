using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Gradients against central differences in double precision, for every operation that has one.</summary>
[TestFixture]
public sealed class GradientTests
{
    private static TestCaseData Of(string name, Func<Tensor[], Tensor> f, params long[][] shapes) =>
        new TestCaseData(f, shapes).SetArgDisplayNames(name);

    private static TestCaseData Unary(string name, Func<Tensor, Tensor> f) => Of(name, x => f(x[0]), [2, 3]);

    private static TestCaseData Binary(string name, Func<Tensor, Tensor, Tensor> f) => Of(name, x => f(x[0], x[1]), [2, 3], [3]);

    private static IEnumerable<TestCaseData> Operations()
    {
        yield return Unary("Neg", Ops.Neg);
        yield return Unary("Exp", Ops.Exp);
        yield return Unary("Log", x => Ops.Log(Ops.AddScalar(Ops.Square(x), 0.5)));
        yield return Unary("Tanh", Ops.Tanh);
        yield return Unary("Relu", Ops.Relu);
        yield return Unary("Softplus", Ops.Softplus);
        yield return Unary("Square", Ops.Square);
        yield return Unary("Sqrt", x => Ops.Sqrt(Ops.AddScalar(Ops.Square(x), 0.5)));
        yield return Unary("Abs", Ops.Abs);
        yield return Unary("Pow", x => Ops.Pow(x, 3.0));
        yield return Unary("AddScalar", x => Ops.AddScalar(x, 2.0));
        yield return Unary("MulScalar", x => Ops.MulScalar(x, -3.0));
        yield return Unary("DivScalar", x => Ops.DivScalar(x, -3.0));
        yield return Unary("Clamp", x => Ops.Clamp(x, -0.5, 0.5));
        yield return Unary("ClampMin", x => Ops.ClampMin(x, 0.1));
        yield return Unary("ClampMax", x => Ops.ClampMax(x, 0.1));
        yield return Unary("Clone", Ops.Clone);
        yield return Binary("Add", Ops.Add);
        yield return Binary("Sub", Ops.Sub);
        yield return Binary("Mul", Ops.Mul);
        yield return Binary("Div", (x, y) => Ops.Div(x, Ops.AddScalar(Ops.Square(y), 0.5)));
        yield return Binary("Minimum", Ops.Minimum);
        yield return Binary("Maximum", Ops.Maximum);
        yield return Binary("Where", (x, y) => Ops.Where(Ops.Greater(x, y), x, Ops.Square(y)));
        yield return Binary("Polyak", (x, y) => Ops.Polyak(x, y, 0.25));
        yield return Unary("Sum", Ops.Sum);
        yield return Unary("SumDim", x => Ops.SumDim(x, 0, false));
        yield return Unary("Mean", Ops.Mean);
        yield return Unary("MeanDim", x => Ops.MeanDim(x, 1, true));
        yield return Unary("AmaxDim", x => Ops.AmaxDim(x, 0, false));
        yield return Unary("Softmax", x => Ops.Softmax(x, 1));
        yield return Unary("LogSoftmax", x => Ops.LogSoftmax(x, 1));
        yield return Unary("Norm", Ops.Norm);
        yield return Unary("Reshape", x => Ops.Reshape(x, [3, 2]));
        yield return Unary("Narrow", x => Ops.Narrow(x, 1, 1, 2));
        yield return Unary("Select", x => Ops.Select(x, 0, 1));
        yield return Unary("Unbind", x => Ops.Sub(Ops.Unbind(x, 1)[2], Ops.Exp(Ops.Unbind(x, -1)[0])));
        yield return Unary("Transpose", x => Ops.Transpose(x, 0, 1));
        yield return Of("Expand", x => Ops.Expand(x[0], [4, 3]), [1, 3]);
        yield return Of("Cat", x => Ops.Cat(x, 0), [2, 3], [1, 3]);
        yield return Of("Stack", x => Ops.Stack(x, 1), [2, 3], [2, 3]);
        yield return Unary("Unsqueeze", x => Ops.Unsqueeze(x, 1));
        yield return Of("Squeeze", x => Ops.Squeeze(x[0], 0), [1, 3]);
        yield return Unary("Contiguous", x => Ops.Contiguous(Ops.Transpose(x, 0, 1)));
        yield return Unary("IndexSelect", x => Ops.IndexSelect(x, 1, Ops.FromLongs([2, 2], [2])));
        yield return Unary("ToType", x => Ops.ToType(x, Numeric.Float64));
        yield return Of("Flatten", Ops.Flatten, [2, 3], [4]);
        yield return Of("MatMul", x => Ops.MatMul(x[0], x[1]), [2, 3], [3, 4]);
        yield return Of("Bmm", x => Ops.Bmm(x[0], x[1]), [2, 2, 3], [2, 3, 4]);
        foreach (var relu in new[] { false, true })
        {
            yield return Of($"Convolve {relu}", x => Ops.Convolve(x[0], x[1], x[2], 1, relu), [2, 2, 5, 4], [3, 2, 3, 3], [3]);
            yield return Of($"Convolve by steps of 2 {relu}", x => Ops.Convolve(x[0], x[1], x[2], 2, relu), [2, 2, 6, 5], [3, 2, 3, 3], [3]);
            yield return Of($"ConvolveTransposed {relu}", x => Ops.ConvolveTransposed(x[0], x[1], x[2], 1, 0, relu), [2, 3, 3, 2], [3, 2, 3, 3], [2]);
            yield return Of($"ConvolveTransposed by steps of 2 {relu}", x => Ops.ConvolveTransposed(x[0], x[1], x[2], 2, 1, relu), [2, 3, 3, 2], [3, 2, 3, 3], [2]);
            yield return Of($"Dense {relu}", x => Ops.Dense(x[0], x[1], x[2], relu, false), [5, 3], [3, 4], [4]);
            yield return Of($"Dense of rows of tasks {relu}", x => Ops.Dense(x[0], x[1], x[2], relu, false), [2, 5, 3], [3, 4], [4]);
            yield return Of($"Dense turned {relu}", x => Ops.Dense(x[0], Ops.Transpose(x[1], 0, 1), x[2], relu, false), [5, 3], [4, 3], [4]);
            yield return Of($"Dense batched {relu}", x => Ops.Dense(x[0], x[1], x[2], relu, false), [2, 5, 3], [2, 3, 4], [2, 4]);
            yield return Of($"Dense batched, one input {relu}", x => Ops.Dense(x[0], x[1], x[2], relu, false), [5, 3], [2, 3, 4], [2, 4]);
            yield return Of($"Dense batched, turned {relu}", x => Ops.Dense(x[0], Ops.Transpose(x[1], 1, 2), x[2], relu, false), [2, 5, 3], [2, 4, 3], [2, 4]);
        }
    }

    [TestCaseSource(nameof(Operations))]
    public void EqualsCentralDifferences(Func<Tensor[], Tensor> f, long[][] shapes)
    {
        using var scope = Ops.Scope();
        var inputs = shapes.Select((shape, i) => Ops.Normal((ulong)i + 11, shape, Numeric.Float64, Ops.Cpu)).ToArray();
        var weight = Ops.Normal(7, Ops.Shape(f(inputs)), Numeric.Float64, Ops.Cpu);
        double Loss() => Ops.Item(Ops.Sum(Ops.Mul(weight, f(inputs))));

        var leaves = Array.ConvertAll(inputs, Ops.Leaf);
        var gradients = Ops.GradWeighted(f(leaves), weight, leaves);
        for (var i = 0; i < inputs.Length; i++)
        {
            var found = Ops.ToDoubles(gradients[i]);
            Assert.That(Ops.Shape(gradients[i]), Is.EqualTo(shapes[i]));
            for (var k = 0; k < found.Length; k++)
                Assert.That(found[k], Is.EqualTo(Slope(inputs[i], k, Loss)).Within(1e-7), $"input {i}, element {k}");
        }
    }

    private static double Slope(Tensor input, int k, Func<double> loss)
    {
        const double h = 1e-5;
        var middle = Ops.Data<double>(input)[k];
        Ops.Data<double>(input)[k] = middle + h;
        var above = loss();
        Ops.Data<double>(input)[k] = middle - h;
        var below = loss();
        Ops.Data<double>(input)[k] = middle;
        return (above - below) / (2 * h);
    }

    [Test]
    public void AnInputThatIsNotReachedGetsZeros()
    {
        using var scope = Ops.Scope();
        var used = Ops.Leaf(Ops.FromDoubles([2.0], [1]));
        var unused = Ops.Leaf(Ops.FromDoubles([1.0, 1.0], [2]));
        var gradients = Ops.Grad(Ops.Sum(Ops.Square(used)), [used, unused]);
        Assert.That(Ops.ToDoubles(gradients[0]), Is.EqualTo(new[] { 4.0 }));
        Assert.That(Ops.ToDoubles(gradients[1]), Is.EqualTo(new[] { 0.0, 0.0 }));
    }

    [Test]
    public void AGradientCanBeDifferentiatedAgain()
    {
        using var scope = Ops.Scope();
        var x = Ops.Leaf(Ops.FromDoubles([2.0], [1]));
        var first = Ops.GradGraph(Ops.Sum(Ops.Pow(x, 3.0)), [x])[0];
        Assert.That(Ops.ToDoubles(Ops.Grad(Ops.Sum(first), [x])[0]), Is.EqualTo(new[] { 12.0 }));
    }

    [Test]
    public void ARecordIsUsedUpUnlessItIsRetained()
    {
        using var scope = Ops.Scope();
        var x = Ops.Leaf(Ops.FromDoubles([2.0], [1]));
        var loss = Ops.Sum(Ops.Exp(x));
        var again = Ops.GradRetained(loss, [x])[0];
        Assert.That(Ops.Item(Ops.Grad(loss, [x])[0]), Is.EqualTo(Ops.Item(again)));
        Assert.That(() => Ops.Grad(loss, [x]), Throws.InstanceOf<System.Runtime.InteropServices.ExternalException>());
    }

    [Test]
    public void NothingIsRecordedWhereItIsForbiddenAndOnlyOnThatThread()
    {
        using var scope = Ops.Scope();
        var x = Ops.Leaf(Ops.FromDoubles([2.0], [1]));
        using (Ops.NoGrad())
        {
            Assert.That(Ops.Square(x).requires_grad, Is.False);
            var elsewhere = false;
            var thread = new Thread(() => { using var y = Ops.Square(x); elsewhere = y.requires_grad; });
            thread.Start();
            thread.Join();
            Assert.That(elsewhere);
        }

        Assert.That(Ops.Square(x).requires_grad);
    }
}
