using MtrlFunctional.Tensors;
using NUnit.Framework;
using static TorchSharp.torch;

namespace MtrlFunctional.Tests.Torch;

/// <summary>Ownership and lifetime of tensors.</summary>
[TestFixture, NonParallelizable]
public sealed class ScopeTests
{
    [Test]
    public void AScopeFreesWhatWasMadeInside()
    {
        var before = Ops.LiveTensors;
        Tensor inside;
        using (Ops.Scope())
        {
            inside = Ops.Full([2], 1.0, Numeric.Float32, Ops.Cpu);
            _ = Ops.Add(inside, inside);
            Assert.That(Ops.LiveTensors, Is.EqualTo(before + 2));
        }

        Assert.That(Ops.LiveTensors, Is.EqualTo(before));
        Assert.That(inside.IsInvalid);
        Assert.Catch<InvalidOperationException>(() => Ops.Shape(inside));
    }

    [Test]
    public void ATensorMovedOutLivesUntilTheOuterScopeEnds()
    {
        using var outer = Ops.Scope();
        Tensor kept;
        using (Ops.Scope())
            kept = Ops.MoveToOuter(Ops.Full([2], 3.0, Numeric.Float32, Ops.Cpu));
        Assert.That(Ops.ToFloats(kept), Is.EqualTo(new[] { 3f, 3f }));
        Assert.That(outer.Contains(kept));
    }

    [Test]
    public void ATensorDetachedFromAllScopesIsItsHolders()
    {
        var before = Ops.LiveTensors;
        Tensor kept;
        using (Ops.Scope())
        using (Ops.Scope())
            kept = Ops.DetachFromScopes(Ops.Zeros([3], Numeric.Float64, Ops.Cpu));
        Assert.That(Ops.LiveTensors, Is.EqualTo(before + 1));
        using (Ops.Scope())
            Ops.AttachToScope(kept);
        Assert.That(Ops.LiveTensors, Is.EqualTo(before));
    }

    [Test]
    public void DisposingEarlyTakesTheTensorOutOfItsScope()
    {
        using var scope = Ops.Scope();
        var first = Ops.Zeros([1], Numeric.Float32, Ops.Cpu);
        var second = Ops.Zeros([1], Numeric.Float32, Ops.Cpu);
        first.Dispose();
        first.Dispose();
        Assert.That(scope.DisposablesCount, Is.EqualTo(1));
        Assert.That(scope.Contains(second));
    }

    [Test]
    public void ScopesOfThreadsAreApart()
    {
        using var scope = Ops.Scope();
        var other = new Thread(() => Ops.Zeros([1], Numeric.Float32, Ops.Cpu).Dispose());
        other.Start();
        other.Join();
        Assert.That(scope.DisposablesCount, Is.Zero);
    }

    [Test]
    public void AForgottenTensorOutsideAllScopesIsCollected()
    {
        var before = Ops.LiveTensors;
        Forget();
        for (var i = 0; i < 20 && Ops.LiveTensors > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(Ops.LiveTensors, Is.EqualTo(before));

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static void Forget()
        {
            for (var i = 0; i < 100; i++)
                _ = Ops.Zeros([8], Numeric.Float32, Ops.Cpu);
        }
    }
}
