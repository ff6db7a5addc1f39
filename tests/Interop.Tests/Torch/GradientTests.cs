using MtrlFunctional.Tensors;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Gradients against central differences in double precision, for every operation that has one.</summary>
[TestFixture]
public sealed class GradientTests
{
    private static TestCaseData Of(string name, Func<Tensor[], Tensor> f, params long[][] shapes) =>
        new TestCaseData(f, shapes).SetArgDisplayNames(name);

    private static TestCaseData Binary(string name, Func<Tensor, Tensor, Tensor> f) => Of(name, x => f(x[0], x[1]), [2, 3], [3]);

    private static IEnumerable<TestCaseData> Operations()
    {
        yield return Binary("Polyak", (x, y) => PolyakWork.Average(x, y, 0.25));
        yield return Of("MatMul", x => Products.MatMul(x[0], x[1]), [2, 3], [3, 4]);
        yield return Of("MatMul of batches", x => Products.MatMul(x[0], x[1]), [2, 1, 2, 3], [2, 3, 4]);
        foreach (var relu in new[] { false, true })
        {
            yield return Of($"Dense {relu}", x => DenseLayers.Layer(x[0], x[1], x[2], relu, false), [5, 3], [3, 4], [4]);
            yield return Of($"Dense of rows of tasks {relu}", x => DenseLayers.Layer(x[0], x[1], x[2], relu, false), [2, 5, 3], [3, 4], [4]);
            yield return Of($"Dense turned {relu}", x => DenseLayers.Layer(x[0], x[1].transpose(0, 1), x[2], relu, false), [5, 3], [4, 3], [4]);
            yield return Of($"Dense batched {relu}", x => DenseLayers.Layer(x[0], x[1], x[2], relu, false), [2, 5, 3], [2, 3, 4], [2, 4]);
            yield return Of($"Dense batched, one input {relu}", x => DenseLayers.Layer(x[0], x[1], x[2], relu, false), [5, 3], [2, 3, 4], [2, 4]);
            yield return Of($"Dense batched, turned {relu}", x => DenseLayers.Layer(x[0], x[1].transpose(1, 2), x[2], relu, false), [2, 5, 3], [2, 4, 3], [2, 4]);
        }
    }

    [TestCaseSource(nameof(Operations))]
    public void EqualsCentralDifferences(Func<Tensor[], Tensor> f, long[][] shapes)
    {
        using var scope = torch.NewDisposeScope();
        var inputs = shapes.Select((shape, i) => Drawn.Normal((ulong)i + 11, shape, ScalarType.Float64)).ToArray();
        var weight = Drawn.Normal(7, f(inputs).shape, ScalarType.Float64);
        double Loss() => ((weight.mul(f(inputs))).sum()).ToNumber();

        var leaves = Array.ConvertAll(inputs, x => x.detach().requires_grad_(true));
        var gradients = Gradients.Of([f(leaves)], leaves, [weight], false, false);
        for (var i = 0; i < inputs.Length; i++)
        {
            var found = gradients[i].ToDoubles();
            Assert.That(gradients[i].shape, Is.EqualTo(shapes[i]));
            for (var k = 0; k < found.Length; k++)
                Assert.That(found[k], Is.EqualTo(Slope(inputs[i], k, Loss)).Within(1e-7), $"input {i}, element {k}");
        }
    }

    private static double Slope(Tensor input, int k, Func<double> loss)
    {
        const double h = 1e-5;
        var middle = input.Span<double>()[k];
        input.Span<double>()[k] = middle + h;
        var above = loss();
        input.Span<double>()[k] = middle - h;
        var below = loss();
        input.Span<double>()[k] = middle;
        return (above - below) / (2 * h);
    }

    [Test]
    public void AnInputThatIsNotReachedGetsZeros()
    {
        using var scope = torch.NewDisposeScope();
        var used = TensorMemory.FromDoubles([2.0], [1]).detach().requires_grad_(true);
        var unused = TensorMemory.FromDoubles([1.0, 1.0], [2]).detach().requires_grad_(true);
        var gradients = Gradients.Of([used.square().sum()], [used, unused], [], false, false);
        Assert.That(gradients[0].ToDoubles(), Is.EqualTo(new[] { 4.0 }));
        Assert.That(gradients[1].ToDoubles(), Is.EqualTo(new[] { 0.0, 0.0 }));
    }

    [Test]
    public void AGradientCanBeDifferentiatedAgain()
    {
        using var scope = torch.NewDisposeScope();
        var x = TensorMemory.FromDoubles([2.0], [1]).detach().requires_grad_(true);
        var first = Gradients.Of([x.pow(3.0).sum()], [x], [], true, true)[0];
        Assert.That((Gradients.Of([first.sum()], [x], [], false, false)[0]).ToDoubles(), Is.EqualTo(new[] { 12.0 }));
    }

    [Test]
    public void ARecordIsUsedUpUnlessItIsRetained()
    {
        using var scope = torch.NewDisposeScope();
        var x = TensorMemory.FromDoubles([2.0], [1]).detach().requires_grad_(true);
        var loss = x.exp().sum();
        var again = Gradients.Of([loss], [x], [], true, false)[0];
        Assert.That((Gradients.Of([loss], [x], [], false, false)[0]).ToNumber(), Is.EqualTo(again.ToNumber()));
        Assert.That(() => Gradients.Of([loss], [x], [], false, false), Throws.InstanceOf<System.Runtime.InteropServices.ExternalException>());
    }

    [Test]
    public void NothingIsRecordedWhereItIsForbiddenAndOnlyOnThatThread()
    {
        using var scope = torch.NewDisposeScope();
        var x = TensorMemory.FromDoubles([2.0], [1]).detach().requires_grad_(true);
        using (torch.no_grad())
        {
            Assert.That(x.square().requires_grad, Is.False);
            var elsewhere = false;
            var thread = new Thread(() => { using var y = x.square(); elsewhere = y.requires_grad; });
            thread.Start();
            thread.Join();
            Assert.That(elsewhere);
        }

        Assert.That(x.square().requires_grad);
    }
}
