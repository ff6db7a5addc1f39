using MtrlFunctional.Tensors;
using MtrlFunctional.Tests.Storage;
using MtrlFunctional.Tests.Torch;
using MtrlFunctional.Training;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Training;

/// <summary>Threads that divide the blended weights of a layer between them, against each part alone.</summary>
[TestFixture]
public sealed class DividedWeightsTests
{
    private sealed record Layer(int Tasks, int Inputs, int Units, int Sets)
    {
        /// <summary>Coefficients, sets, origin and bias.</summary>
        public Tensor[] Leaves() =>
        [
            Leaf(2, [Tasks, Sets]), Leaf(3, [Sets, Inputs, Units]), Leaf(4, [1, Inputs, Units]), Leaf(5, [Tasks, Units]),
        ];

        public static Tensor Run(Tensor x, Tensor[] leaves) =>
            Ops.BlendedDense(x, leaves[0], leaves[1], leaves[2], leaves[3], true);

        /// <summary>The result for some rows; their gradient; and the gradients of the leaves.</summary>
        public Tensor[] Pass(int part, int rows, Tensor[] leaves)
        {
            var x = Leaf((ulong)(10 + part), [Tasks, rows, Inputs]);
            var y = Run(x, leaves);
            var seed = Ops.Normal((ulong)(20 + part), [Tasks, rows, Units], Numeric.Float32, Ops.Cpu);
            return [Ops.Detach(y), .. Ops.GradWeighted(y, seed, [x, .. leaves])];
        }
    }

    private static readonly Layer s_small = new(10, 120, 130, 10);

    private static Tensor Leaf(ulong seed, long[] shape) => Ops.Leaf(Ops.Normal(seed, shape, Numeric.Float32, Ops.Cpu));

    private static void IsClose(float[] found, float[] wanted, string what) =>
        Assert.That(found, Is.EqualTo(wanted).Within(1e-5 * (1 + wanted.Max(Math.Abs))), what);

    private static float[] Sum(Tensor[][] parts, int i) =>
        Ops.ToFloats(parts.Select(part => part[i]).Aggregate(Ops.Add));

    private static int Rows(int part) => 3 + 5 * part;

    /// <summary>Sizes with fewer vectors of units or inputs than threads, two groups of tasks, and large gradients of sets.</summary>
    [TestCase(2, 10, 120, 130, 10)]
    [TestCase(3, 10, 120, 130, 10)]
    [TestCase(5, 13, 90, 40, 30)]
    [TestCase(3, 4, 2100, 8, 5)]
    [TestCase(3, 10, 33, 130, 16)]
    [TestCase(2, 3, 400, 400, 5)]
    public void EqualThoseOfEachPartAlone(int threads, int tasks, int inputs, int units, int sets)
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(threads);
        var layer = new Layer(tasks, inputs, units, sets);
        var leaves = layer.Leaves();
        var alone = Enumerable.Range(0, threads).Select(part => layer.Pass(part, Rows(part), leaves)).ToArray();
        for (var round = 0; round < 5; round++)
        {
            var together = parallel.MapSummands(part => layer.Pass(part, Rows(part), leaves));
            for (var part = 0; part < threads; part++)
            {
                Assert.That(Ops.ToFloats(together[part][0]), Is.EqualTo(Ops.ToFloats(alone[part][0])), $"rows of part {part}");
                Assert.That(Ops.ToFloats(together[part][1]), Is.EqualTo(Ops.ToFloats(alone[part][1])), $"gradient of rows of part {part}");
            }

            for (var i = 2; i < alone[0].Length; i++)
                IsClose(Sum(together, i), Sum(alone, i), $"gradient {i}");
        }
    }

    [Test]
    public void RepeatBitByBit()
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(3);
        var leaves = s_small.Leaves();
        float[][] All() => [.. parallel.MapSummands(part => s_small.Pass(part, Rows(part), leaves)).SelectMany(part => part).Select(Ops.ToFloats)];
        Assert.That(All(), Is.EqualTo(All()));
    }

    /// <summary>Only the first has the gradients of sets; the others' take no memory.</summary>
    [Test]
    public void OnePartHasTheGradientsOfLargeSets()
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(2);
        if (!FusedAdam.IsAvailable || !WideKernels.AreUsed)
            Assert.Ignore("Weights are divided by the kernels of this binding only.");
        var layer = new Layer(3, 400, 400, 5);
        var leaves = layer.Leaves();
        var parts = parallel.MapSummands(part => layer.Pass(part, 4, leaves));
        Assert.That(Ops.ToFloats(parts[0][3]), Has.Some.Not.Zero);
        Assert.That(parts[1][3].is_contiguous(), Is.False);
        Assert.That(Ops.ToFloats(Ops.Contiguous(parts[1][3])), Has.All.Zero);
    }

    /// <summary>Where one part has other coefficients, each computes its own weights, and its own gradients.</summary>
    [Test]
    public void OtherWeightsAreNotShared()
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(2);
        var leaves = s_small.Leaves();
        Tensor[] others = [Leaf(9, [10, 10]), .. leaves[1..]];
        Tensor[] Of(int part) => s_small.Pass(part, 4, part == 0 ? leaves : others);
        var together = parallel.MapSummands(Of);
        for (var part = 0; part < 2; part++)
            Assert.That(together[part].Select(Ops.ToFloats), Is.EqualTo(Of(part).Select(Ops.ToFloats)));
    }

    /// <summary>The others neither wait for it nor need it.</summary>
    [Test]
    public void APartMayHaveNothingToDoOrFail()
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(3);
        var leaves = s_small.Leaves();
        var alone = Enumerable.Range(0, 2).Select(part => s_small.Pass(part, 4, leaves)).ToArray();
        var together = parallel.MapSummands(part => part < 2 ? s_small.Pass(part, 4, leaves) : []);
        for (var i = 2; i < alone[0].Length; i++)
            IsClose(Sum(together[..2], i), Sum(alone, i), $"gradient {i}");
        for (var failing = 0; failing < 3; failing++)
        {
            var failed = failing;
            Assert.That(
                () => parallel.MapSummands(part =>
                {
                    var x = Leaf(1, [10, 4, 120]);
                    Layer.Run(x, leaves);
                    return part == failed ? throw new InvalidDataException("spoilt") : s_small.Pass(part, 4, leaves);
                }),
                Throws.TypeOf<InvalidDataException>());
        }

        Assert.That(parallel.MapSummands(part => s_small.Pass(part, 4, leaves)), Has.Length.EqualTo(3));
    }

    /// <summary>Threads of two teams do not wait for each other.</summary>
    [Test]
    public void APartMayHaveATeamOfItsOwn()
    {
        using var scope = Ops.Scope();
        using DataParallel outer = new(2), inner = new(2);
        var leaves = s_small.Leaves();
        Tensor[] Nested(int part)
        {
            Tensor[][] within = part == 0 ? inner.MapSummands(i => s_small.Pass(i, 4, leaves)) : [];
            return [.. s_small.Pass(part, 4, leaves), .. within.SelectMany(tensors => tensors)];
        }

        var alone = Enumerable.Range(0, 2).Select(part => s_small.Pass(part, 4, leaves)).ToArray();
        var found = outer.MapSummands(Nested);
        var count = alone[0].Length;
        for (var i = 2; i < count; i++)
        {
            IsClose(Sum(found, i), Sum(alone, i), $"gradient {i}");
            IsClose(Sum([found[0][count..(2 * count)], found[0][(2 * count)..]], i), Sum(alone, i), $"inner gradient {i}");
        }
    }

    /// <summary>Updates of a hypernetwork on two threads are those on one, up to rounding.</summary>
    [Test]
    public void ARunOnTwoThreadsIsThatOnOne()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<KeyValuePair<string, double>> Losses(int threads)
        {
            IReadOnlyList<KeyValuePair<string, double>> last = [];
            using var run = TrainingRun.Start(ThreeTaskRuns.Of(
                folder,
                [.. ThreeTaskRuns.OffPolicy, "agent.multitask.model=hypernetwork", "agent.multitask.should_use_task_encoder=True",
                    "agent.actor.hidden_dim=96", "experiment.num_train_steps=20", "experiment.eval_freq=20", $"setup.threads={threads}",
                    $"setup.name=threads-{threads}"]));
            run.Run(progress => last = [.. progress.Losses]);
            return last;
        }

        var (one, two) = (Losses(1), Losses(2));
        Assert.That(one, Is.Not.Empty);
        Assert.That(two.Select(loss => loss.Key), Is.EqualTo(one.Select(loss => loss.Key)));
        foreach (var (a, b) in one.Zip(two))
            Assert.That(b.Value, Is.EqualTo(a.Value).Within(1e-3 * (1 + Math.Abs(a.Value))), a.Key);
    }

    /// <summary>`Map` is for results that are not added up.</summary>
    [Test]
    public void OtherCallsShareNothing()
    {
        using var scope = Ops.Scope();
        using var parallel = new DataParallel(2);
        var leaves = s_small.Leaves();
        var each = parallel.Map(part => s_small.Pass(part, 4, leaves));
        for (var part = 0; part < 2; part++)
            Assert.That(each[part].Select(Ops.ToFloats), Is.EqualTo(s_small.Pass(part, 4, leaves).Select(Ops.ToFloats)));
    }
}
