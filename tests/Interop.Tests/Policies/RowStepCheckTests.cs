using Microsoft.FSharp.Collections;
using MtrlFunctional.Networks;
using MtrlFunctional.Policies;
using NUnit.Framework;

namespace MtrlFunctional.Tests.Policies;

/// <summary>Steps as a file of unknown origin may have them.</summary>
[TestFixture]
public sealed class RowStepCheckTests
{
    private const int Observation = 39;

    [Test]
    public void ARowBeyondAllMemoryIsRefused()
    {
        // Each step joins the row before it with itself: 39 · 2²⁸ numbers at the end.
        var doubled = Enumerable.Repeat(new RowStep(RowLayer.Join, ListModule.OfArray([1, 1])), 28);
        Assert.That(Fault(doubled), Does.StartWith("layer 18 has 20447232 numbers, more than 16777216"));
    }

    [Test]
    public void AProductWithoutEndIsRefused()
    {
        RowStep[] steps =
        [
            RowStep.Next(RowLayer.NewKeep(1)),
            .. Enumerable.Repeat(new RowStep(RowLayer.Join, ListModule.OfArray([1, 1])), 16),
            new RowStep(RowLayer.NewProduct(1), ListModule.OfArray([1, 1])),
        ];
        Assert.That(Fault(steps), Is.EqualTo("layer 17 has 4294967296 numbers, more than 16777216"));
    }

    [Test]
    public void AStepReadsARow() =>
        Assert.That(Fault([new RowStep(RowLayer.Join, FSharpList<int>.Empty)]), Is.EqualTo("layer 0 reads no row"));

    [TestCase(0f), TestCase(-1f), TestCase(float.NaN)]
    public void ABoundIsPositive(float bound)
    {
        var numbers = new RowNumbers(ListModule.OfArray([2]), 1, [1f, 1f]);
        Assert.That(
            Fault([RowStep.Next(RowLayer.NewStandardise(numbers, numbers, bound))]),
            Is.EqualTo("layer 0 has a bound that is not positive"));
    }

    private static string? Fault(IEnumerable<RowStep> steps) => RowStepCheck.Outputs(steps, Observation, tasks: 1).Fault;
}
