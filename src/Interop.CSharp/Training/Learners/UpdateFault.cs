using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The fault of an update.</summary>
/// <param name="Text">Tensors or losses, their numbers and places.</param>
/// <param name="Tasks">Indices of the tasks that it comes from; empty: of all, or it cannot be attributed.</param>
internal sealed record UpdateFault(string Text, IReadOnlyList<int> Tasks);

/// <summary>
/// Searches an update for numbers that are not finite, and names tensor and task: in the state before it, in its
/// sample, in its losses, in the state after it. Slow: runs after a sign of a fault only.
/// </summary>
/// <typeparam name="TSample">Sample of one update.</typeparam>
/// <param name="agent">Sizes of the agent.</param>
/// <param name="named">Tensors of a sample by name.</param>
/// <param name="onlyTask">The sample with the rows of one task; null where they are not kept apart.</param>
internal sealed class FaultSearch<TSample>(
    AgentDescription agent, Func<TSample, IEnumerable<Tuple<string, Tensor>>> named, Func<TSample, int, TSample?> onlyTask)
    where TSample : class
{
    // A memory of surgery may begin with infinities.
    private const string Memory = "surgery/";

    /// <summary>The fault of an update; null: all its numbers are finite.</summary>
    internal UpdateFault? Find(
        IAgentState<TSample> before, TSample sample, IAgentState<TSample> after, IReadOnlyList<Reading> readings)
    {
        var inState = First(OfState(before));
        var inSample = First(named(sample));
        var loss = MetricsModule.Diverged([.. readings]);
        var inResult = inState is null && inSample is null ? First(OfState(after)) : null;
        string?[] texts =
        [
            inState is null ? null : $"{NonFiniteModule.Describe(inState)} before the update",
            inSample is null ? null : $"{NonFiniteModule.Describe(inSample)} in its sample",
            loss is null ? null : Describe(loss.Value),
            inResult is null ? null : $"{NonFiniteModule.Describe(inResult)} after the update",
        ];
        var text = string.Join("; ", texts.OfType<string>());
        return text.Length == 0
            ? null
            : new UpdateFault(text, OfSample(inSample) ?? OfParameter(inState ?? (loss is null ? inResult : null)) ?? Alone(before, sample));
    }

    /// <summary>The first number of a state that is not finite; null: all numbers are finite.</summary>
    internal static NonFinite? FindIn(IAgentState<TSample> state) =>
        NonFiniteModule.SumsAreFinite(state.Owns) ? null : First(OfState(state));

    private static string Describe(Reading loss) =>
        $"{loss.Metric} is {loss.Number:G4}"
        + (double.IsFinite(loss.Number)
            ? $", above {MetricsModule.LargestLoss:G4}, the most that training goes on with (large rewards need env.reward_normalization)"
            : "");

    private static IEnumerable<Tuple<string, Tensor>> OfState(IAgentState<TSample> state) =>
        state.Named().Where(named => !named.Item1.StartsWith(Memory, StringComparison.Ordinal));

    private static NonFinite? First(IEnumerable<Tuple<string, Tensor>> named) =>
        Microsoft.FSharp.Core.OptionModule.ToObj(NonFiniteModule.Find(named));

    // The first index of a sample's tensor is the task, of several batches the batch.
    private int[]? OfSample(NonFinite? found)
    {
        if (found is null || agent.Groups * agent.Members == 1)
            return null;
        var words = found.Name.Split('/');
        return agent.Groups > 1 && found.Index.Length > 1 ? [(int)found.Index.Head]
            : words is ["batch", var number, ..] ? [int.Parse(number)]
            : null;
    }

    private int[]? OfParameter(NonFinite? found) =>
        found is not null && !found.Index.IsEmpty && IsPerTask(found.Name) ? [(int)found.Index.Head] : null;

    private bool IsPerTask(string name) =>
        name.Contains("log_alpha", StringComparison.Ordinal)
        || agent.Parts.Any(part => part.Layout.Slots.Any(slot =>
            slot.Parameter.PerTask && name.EndsWith($"/{slot.Parameter.Path}", StringComparison.Ordinal)));

    // The tasks whose rows alone give such an update.
    private int[] Alone(IAgentState<TSample> state, TSample sample)
    {
        bool? IsFaulty(int task)
        {
            if (onlyTask(sample, task) is not { } only)
                return null;
            var (next, metrics) = state.Update(only);
            return MetricsModule.Diverged(MetricsModule.Read(metrics)) is not null
                || !NonFiniteModule.SumsAreFinite(next.Owns);
        }

        bool?[] faulty = [.. Enumerable.Range(0, agent.Groups).Select(IsFaulty)];
        return faulty.Contains(false) ? [.. Enumerable.Range(0, faulty.Length).Where(task => faulty[task] == true)] : [];
    }
}
