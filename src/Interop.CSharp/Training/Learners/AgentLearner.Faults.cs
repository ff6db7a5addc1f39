using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

// The report of an update with numbers that are not finite; the search for them is in the core (FaultyUpdate).
internal abstract partial class AgentLearner<TSample>
{
    /// <exception cref="MtrlException">A number is not finite, or a loss too large.</exception>
    private void Examine(TSample sample, long step, string when, IAgentState<TSample> next, Reading[] readings)
    {
        var update = new ExaminedUpdate<TSample>(
            State, sample, next, readings, FuncConvert.FromFunc<TSample, IEnumerable<Tuple<string, Tensor>>>(NamedOf),
            FuncConvert.FromFunc<int, TSample, FSharpOption<TSample>?>(OnlyTask)!);
        if (OptionModule.ToObj(FaultyUpdateModule.Find(Agent, update)) is not { } fault)
            return;
        var tasks = string.Join(", ", fault.Tasks.Select(task => Crashes?.Tasks.ElementAtOrDefault(task) ?? $"number {task}"));
        var which = fault.Tasks.Length switch { 0 => "", 1 => $", task {tasks}", _ => $", tasks {tasks}" };
        var message = $"{when}{which}: {fault.Text}. Nothing of this update is kept; training stopped. "
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
}
