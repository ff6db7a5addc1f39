using MtrlFunctional.Tensors;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Ownership and lifetime of tensors.</summary>
[TestFixture, NonParallelizable]
public sealed class ScopeTests
{
    [Test]
    public void AScopeFreesWhatWasMadeInside()
    {
        var before = Libtorch.LiveTensors;
        Tensor inside;
        using (torch.NewDisposeScope())
        {
            inside = torch.full([2], 1.0, ScalarType.Float32, Libtorch.Cpu);
            _ = inside.add(inside);
            Assert.That(Libtorch.LiveTensors, Is.EqualTo(before + 2));
        }

        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before));
        Assert.That(inside.IsInvalid);
        Assert.Catch<InvalidOperationException>(() => _ = inside.shape);
    }

    [Test]
    public void ATensorMovedOutLivesUntilTheOuterScopeEnds()
    {
        using var outer = torch.NewDisposeScope();
        Tensor kept;
        using (torch.NewDisposeScope())
            kept = torch.full([2], 3.0, ScalarType.Float32, Libtorch.Cpu).MoveToOuterDisposeScope();
        Assert.That(kept.ToFloats(), Is.EqualTo(new[] { 3f, 3f }));
        Assert.That(outer.Contains(kept));
    }

    [Test]
    public void ATensorDetachedFromAllScopesIsItsHolders()
    {
        var before = Libtorch.LiveTensors;
        Tensor kept;
        using (torch.NewDisposeScope())
        using (torch.NewDisposeScope())
            kept = torch.zeros([3], ScalarType.Float64, Libtorch.Cpu).DetachFromDisposeScope();
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before + 1));
        using (torch.NewDisposeScope())
            kept.AttachToScope();
        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before));
    }

    [Test]
    public void DisposingEarlyTakesTheTensorOutOfItsScope()
    {
        using var scope = torch.NewDisposeScope();
        var first = torch.zeros([1], ScalarType.Float32, Libtorch.Cpu);
        var second = torch.zeros([1], ScalarType.Float32, Libtorch.Cpu);
        first.Dispose();
        first.Dispose();
        Assert.That(scope.DisposablesCount, Is.EqualTo(1));
        Assert.That(scope.Contains(second));
    }

    [Test]
    public void ScopesOfThreadsAreApart()
    {
        using var scope = torch.NewDisposeScope();
        var other = new Thread(() => torch.zeros([1], ScalarType.Float32, Libtorch.Cpu).Dispose());
        other.Start();
        other.Join();
        Assert.That(scope.DisposablesCount, Is.Zero);
    }

    [Test]
    public void AForgottenTensorOutsideAllScopesIsCollected()
    {
        var before = Libtorch.LiveTensors;
        Forget();
        for (var i = 0; i < 20 && Libtorch.LiveTensors > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(Libtorch.LiveTensors, Is.EqualTo(before));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++)
                _ = torch.zeros([8], ScalarType.Float32, Libtorch.Cpu);
        }
    }
}
