namespace MtrlFunctional.Tests.Training;

/// <summary>The tensors of a learner before and after an adaptation, by name.</summary>
/// <param name="Before">Their numbers as loaded.</param>
/// <param name="After">Those that act afterwards.</param>
/// <param name="Masks">Above 0 at the entries of tasks.</param>
internal sealed record AdaptedTensors(
    Dictionary<string, double[]> Before, Dictionary<string, double[]> After, Dictionary<string, double[]> Masks)
{
    /// <summary>Adapts a policy.</summary>
    internal static AdaptedTensors Of(RunPolicy policy, Adapter adapter, int shots)
    {
        using var scope = torch.NewDisposeScope();
        var learner = (ILearner)policy.Policy;
        var masks = TaskTransfer.Masks(policy, learner).ToDictionary(mask => mask.Key, mask => mask.Value.ToDoubles());
        var before = Numbers(learner);
        adapter.Learn(shots, policy.Family, CancellationToken.None);
        return new AdaptedTensors(before, Numbers(learner), masks);
    }

    /// <summary>The numbers of a learner.</summary>
    internal static Dictionary<string, double[]> Numbers(ILearner learner) =>
        learner.Named().ToDictionary(named => named.Item1, named => named.Item2.ToDoubles());

    /// <summary>The tensors with a changed number, "shared" in front of those where it is no task's.</summary>
    /// <param name="isCompared">Whether a tensor is compared, by its name.</param>
    internal IReadOnlyList<string> Changed(Func<string, bool> isCompared) =>
    [
        .. Before.Where(entry => isCompared(entry.Key)).SelectMany(entry => entry.Value.Index()
            .Where(number => !number.Item.Equals(After[entry.Key][number.Index]))
            .Select(number => Masks[entry.Key][number.Index] > 0 ? entry.Key : $"shared {entry.Key}")
            .Distinct()),
    ];
}
