using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

// Searches an update for numbers that are not finite, and names tensor and task: in the state before it, in its sample, in its
// losses, in the state after it. Slow: runs after a sign of a fault only.
internal abstract partial class AgentLearner<TSample>
{
    // A memory of surgery may begin with infinities.
    private const string Memory = "surgery/";

    /// <summary>The first number of a state that is not finite; null: all numbers are finite.</summary>
    private protected static NonFinite? FaultIn(IAgentState<TSample> state) =>
        NonFiniteModule.SumsAreFinite(state.Owns) ? null : First(OfState(state));

    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    private void Examine(TSample sample, long step, string when, IAgentState<TSample> next, Reading[] readings)
    {
        var inState = First(OfState(State));
        var inSample = First(NamedOf(sample));
        var loss = MetricsModule.Diverged(readings);
        var inResult = inState is null && inSample is null ? First(OfState(next)) : null;
        string?[] texts =
        [
            inState is null ? null : $"{NonFiniteModule.Describe(inState)} before the update",
            inSample is null ? null : $"{NonFiniteModule.Describe(inSample)} in its sample",
            loss is null ? null : Describe(loss.Value),
            inResult is null ? null : $"{NonFiniteModule.Describe(inResult)} after the update",
        ];
        var text = string.Join("; ", texts.OfType<string>());
        if (text.Length == 0)
            return;

        var faulty = OfSample(inSample) ?? OfParameter(inState ?? (loss is null ? inResult : null)) ?? Alone(sample);
        var tasks = string.Join(", ", faulty.Select(task => Crashes?.Tasks.ElementAtOrDefault(task) ?? $"number {task}"));
        var which = faulty.Length switch { 0 => "", 1 => $", task {tasks}", _ => $", tasks {tasks}" };
        var message = $"{when}{which}: {text}. Nothing of this update is kept; training stopped. "
            + "Lower the learning rates (agent.optimizers.*) or check the rewards.";
        throw new MtrlException(message + Record(message, step, sample, next, readings), ExitCode.Stopped);
    }

    /// <summary>Writes the bundle of an update, and returns the sentence about it.</summary>
    private string Record(string message, long step, TSample sample, IAgentState<TSample> next, Reading[] readings)
    {
        if (Crashes is null)
            return "";
        var bundle = new CrashBundle(Path.Combine(Crashes.Folder, FormattableString.Invariant($"update-{Updates}")));
        var facts = new Dictionary<string, string>
        {
            ["updates"] = FormattableString.Invariant($"{Updates}"),
            ["step"] = FormattableString.Invariant($"{step}"),
            ["threads"] = FormattableString.Invariant($"{Crashes.Threads}"),
        };
        try
        {
            bundle.Write(Crashes, message, facts, State.Named(), NamedOf(sample), Outcome(next, readings));
            return $" State and sample are in {bundle.Folder}: {Shell.Command(["mtrl", "reproduce", bundle.Folder])} repeats the update.";
        }
        catch (MtrlException e)
        {
            return $" State and sample could not be stored: {e.Message}";
        }
    }

    private static IEnumerable<Tuple<string, Tensor>> Outcome(IAgentState<TSample> next, IEnumerable<Reading> readings) =>
        next.Named().Concat(CrashBundle.Named(readings));

    private static string Describe(Reading loss) =>
        $"{loss.Metric} is {loss.Number:G4}"
        + (double.IsFinite(loss.Number)
            ? $", above {MetricsModule.LargestLoss:G4}, the most that training goes on with (large rewards need env.reward_normalization)"
            : "");

    private static IEnumerable<Tuple<string, Tensor>> OfState(IAgentState<TSample> state) =>
        state.Named().Where(named => !named.Item1.StartsWith(Memory, StringComparison.Ordinal));

    private static NonFinite? First(IEnumerable<Tuple<string, Tensor>> named) => OptionModule.ToObj(NonFiniteModule.Find(named));

    // The first index of a sample's tensor is the task, of several batches the batch.
    private int[]? OfSample(NonFinite? found)
    {
        if (found is null || Agent.Groups * Agent.Members == 1)
            return null;
        var words = found.Name.Split('/');
        return Agent.Groups > 1 && found.Index.Length > 1 ? [(int)found.Index.Head]
            : words is ["batch", var number, ..] ? [int.Parse(number)]
            : null;
    }

    private int[]? OfParameter(NonFinite? found) =>
        found is not null && !found.Index.IsEmpty && IsPerTask(found.Name) ? [(int)found.Index.Head] : null;

    private bool IsPerTask(string name) =>
        name.Contains("log_alpha", StringComparison.Ordinal)
        || Agent.Parts.Any(part => part.Layout.Slots.Any(slot =>
            slot.Parameter.PerTask && name.EndsWith($"/{slot.Parameter.Path}", StringComparison.Ordinal)));

    // The tasks whose rows alone give such an update; empty: of all, or it cannot be attributed.
    private int[] Alone(TSample sample)
    {
        bool? IsFaulty(int task)
        {
            if (OnlyTask(sample, task) is not { } only)
                return null;
            var (next, metrics) = State.Update(only);
            return MetricsModule.Diverged(MetricsModule.Read(metrics)) is not null
                || !NonFiniteModule.SumsAreFinite(next.Owns);
        }

        bool?[] faulty = [.. Enumerable.Range(0, Agent.Groups).Select(IsFaulty)];
        return faulty.Contains(false) ? [.. Enumerable.Range(0, faulty.Length).Where(task => faulty[task] == true)] : [];
    }
}
