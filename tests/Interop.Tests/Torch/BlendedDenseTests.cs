using System.Runtime.InteropServices;
using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Layers whose weights are sums of sets, against sums and products of doubles.</summary>
[TestFixture]
public sealed class BlendedDenseTests
{
    private static readonly string[] _names = ["x", "coefficients", "sets", "origin", "bias"];

    private sealed record Layer(int Tasks, int Rows, int Inputs, int Units, int Sets, bool HasOrigin, bool Relu, bool SharedRows = false)
    {
        public Tensor[] Leaves(Numeric numeric) =>
        [
            Leaf(1, SharedRows ? [Rows, Inputs] : [Tasks, Rows, Inputs], numeric),
            Leaf(2, [Tasks, Sets], numeric),
            Leaf(3, [Sets, Inputs, Units], numeric),
            Leaf(4, [HasOrigin ? 1 : 0, Inputs, Units], numeric),
            Leaf(5, [Tasks, Units], numeric),
        ];

        public Tensor Run(Tensor[] leaves) =>
            Ops.BlendedDense(leaves[0], leaves[1], leaves[2], leaves[3], leaves[4], Relu);

        /// <summary>The definition, weight by weight.</summary>
        public Tensor Plain(Tensor[] leaves)
        {
            var sum = Ops.Reshape(
                Ops.MatMul(leaves[1], Ops.Reshape(leaves[2], [Sets, -1])), [Tasks, Inputs, Units]);
            var y = Ops.Add(Ops.MatMul(leaves[0], HasOrigin ? Ops.Add(sum, leaves[3]) : sum), Ops.Unsqueeze(leaves[4], 1));
            return Relu ? Ops.Relu(y) : y;
        }

        /// <summary>The leaves that an output depends on.</summary>
        public Tensor[] Trained(Tensor[] leaves) => HasOrigin ? leaves : [.. leaves.Where((_, i) => i != 3)];
    }

    private static Tensor Leaf(ulong seed, long[] shape, Numeric numeric) =>
        Ops.Leaf(Ops.ToType(Ops.Normal(seed, shape, Numeric.Float32, Ops.Cpu), numeric));

    private static void IsClose(Tensor found, Tensor wanted, string what)
    {
        var (a, b) = (Ops.ToDoubles(found), Ops.ToDoubles(wanted));
        var scale = 1 + b.Select(Math.Abs).DefaultIfEmpty(0).Max();
        Assert.That(a, Is.EqualTo(b).Within(5e-5 * scale), what);
    }

    private static void EqualsDoubles(Layer layer, Tensor seed)
    {
        Tensor[] single = layer.Leaves(Numeric.Float32), wide = layer.Leaves(Numeric.Float64);
        var (y, z) = (layer.Run(single), layer.Plain(wide));
        IsClose(y, z, "result");
        var found = Ops.GradWeighted(y, seed, layer.Trained(single));
        var wanted = Ops.GradWeighted(z, Ops.ToType(seed, Numeric.Float64), layer.Trained(wide));
        for (var i = 0; i < found.Length; i++)
            IsClose(found[i], wanted[i], $"gradient {i}");
    }

    /// <summary>Sizes around groups of tasks, panels of inputs and units, and vectors.</summary>
    [Test, Combinatorial]
    public void EqualsDoublePrecisionAtEverySize(
        [Values(1, 3, 12, 13)] int tasks,
        [Values(1, 13)] int rows,
        [Values(1, 39, 130)] int inputs,
        [Values(1, 8, 53, 400)] int units,
        [Values(1, 5)] int sets,
        [Values] bool hasOrigin)
    {
        using var scope = Ops.Scope();
        EqualsDoubles(
            new Layer(tasks, rows, inputs, units, sets, hasOrigin, Relu: true),
            Ops.Normal(6, [tasks, rows, units], Numeric.Float32, Ops.Cpu));
    }

    [Test]
    public void EqualsDoublePrecisionForEachNumberOfTasks([Range(1, 25)] int tasks)
    {
        using var scope = Ops.Scope();
        EqualsDoubles(
            new Layer(tasks, 5, 37, 21, 4, HasOrigin: true, Relu: true),
            Ops.Normal(6, [tasks, 5, 21], Numeric.Float32, Ops.Cpu));
    }

    [Test, Combinatorial]
    public void RowsMayBeTheSameForAllTasks([Values] bool relu, [Values] bool hasOrigin)
    {
        using var scope = Ops.Scope();
        EqualsDoubles(
            new Layer(5, 17, 43, 20, 10, hasOrigin, relu, SharedRows: true),
            Ops.Normal(6, [5, 17, 20], Numeric.Float32, Ops.Cpu));
    }

    /// <summary>The larger of two critics has no gradient; a task may have none at all.</summary>
    [Test]
    public void RowsWithoutAGradientAddNothing()
    {
        using var scope = Ops.Scope();
        var alive = Enumerable.Range(0, 6 * 32).Select(i => i / 32 == 2 || i % 3 > 0 ? 0f : 1f).ToArray();
        var seed = Ops.Mul(Ops.Normal(6, [6, 32, 24], Numeric.Float32, Ops.Cpu), Ops.FromFloats(alive, [6, 32, 1]));
        EqualsDoubles(new Layer(6, 32, 70, 24, 3, HasOrigin: true, Relu: true), seed);
    }

    [Test]
    public void EachGradientAloneIsThatOfAll([Range(0, 4)] int wanted)
    {
        using var scope = Ops.Scope();
        var layer = new Layer(6, 20, 70, 24, 3, HasOrigin: true, Relu: true);
        var seed = Ops.Normal(6, [6, 20, 24], Numeric.Float32, Ops.Cpu);
        var leaves = layer.Leaves(Numeric.Float32);
        var all = Ops.GradWeighted(layer.Run(leaves), seed, leaves);
        var others = leaves.Select((leaf, i) => i == wanted ? leaf : Ops.Detach(leaf)).ToArray();
        var alone = Ops.GradWeighted(layer.Run(others), seed, [others[wanted]])[0];
        Assert.That(Ops.ToFloats(alone), Is.EqualTo(Ops.ToFloats(all[wanted])), _names[wanted]);
    }

    [Test, Combinatorial]
    public void CanBeDifferentiatedTwice([Values] bool relu, [Values] bool hasOrigin)
    {
        using var scope = Ops.Scope();
        var layer = new Layer(3, 7, 19, 6, 4, hasOrigin, relu);
        Tensor[] Twice(Func<Tensor[], Tensor> run, Tensor[] all)
        {
            var leaves = layer.Trained(all);
            var first = Ops.GradGraph(Ops.Sum(Ops.Square(run(all))), leaves);
            return Ops.Grad(first.Select(g => Ops.Sum(Ops.Square(g))).Aggregate(Ops.Add), leaves);
        }

        var found = Twice(layer.Run, layer.Leaves(Numeric.Float32));
        var wanted = Twice(layer.Plain, layer.Leaves(Numeric.Float64));
        for (var i = 0; i < found.Length; i++)
            IsClose(found[i], wanted[i], $"gradient {i}");
    }

    [Test]
    public void RepeatsBitByBit()
    {
        using var scope = Ops.Scope();
        var layer = new Layer(9, 40, 100, 60, 10, HasOrigin: true, Relu: true);
        var leaves = layer.Leaves(Numeric.Float32);
        var seed = Ops.Normal(6, [9, 40, 60], Numeric.Float32, Ops.Cpu);
        float[][] All() => [Ops.ToFloats(layer.Run(leaves)), .. Ops.GradWeighted(layer.Run(leaves), seed, leaves).Select(Ops.ToFloats)];
        Assert.That(All(), Is.EqualTo(All()));
    }

    [Test]
    public void ShapesThatDoNotFitAreRefused()
    {
        using var scope = Ops.Scope();
        var leaves = new Layer(3, 7, 19, 6, 4, HasOrigin: true, Relu: false).Leaves(Numeric.Float32);
        var other = new Layer(2, 7, 19, 6, 5, HasOrigin: true, Relu: false).Leaves(Numeric.Float32);
        foreach (var i in new[] { 0, 1, 2, 4 })
        {
            Tensor[] mixed = [.. leaves];
            mixed[i] = other[i];
            Assert.That(
                () => Ops.BlendedDense(mixed[0], mixed[1], mixed[2], mixed[3], mixed[4], false),
                Throws.TypeOf<ExternalException>().With.Message.Contains("not fit"), _names[i]);
        }
    }
}
