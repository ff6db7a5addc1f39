using System.Reflection;
using MtrlFunctional.Training;

namespace MtrlFunctional.Processes;

/// <summary>What is equal in all processes of a run, or they would not do the same.</summary>
/// <param name="Values">In the order of their names.</param>
/// <param name="Processor">May differ, which is reported.</param>
internal sealed record ProcessFacts(IReadOnlyList<string> Values, string Processor)
{
    private static readonly string[] _names = ["the command", "the program", "its build", "MPI", "libtorch", "MuJoCo"];

    /// <summary>The facts of this process.</summary>
    /// <exception cref="PhysicsException">MuJoCo is missing.</exception>
    /// <exception cref="DllNotFoundException">libtorch is missing.</exception>
    internal static ProcessFacts Own(IEnumerable<string> words, string library) => new(
        [
            string.Join(' ', words),
            typeof(Crew).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            typeof(Crew).Assembly.ManifestModule.ModuleVersionId.ToString(),
            library,
            Libtorch.Version,
            Model.EngineVersion.ToString(CultureInfo.InvariantCulture),
        ],
        $"{Tensors.Processor.ModelName}, {NativeKernels.InstructionSet}");

    internal void Write(BinaryWriter writer) => writer.Write(JsonSerializer.Serialize(this));

    internal static ProcessFacts Read(BinaryReader reader) => JsonSerializer.Deserialize<ProcessFacts>(reader.ReadString())!;

    /// <summary>Rejects processes that differ, and reports what may change a run.</summary>
    /// <returns>The first rank with another processor than rank 0, as a sentence without its end; null: there is none.</returns>
    internal static string? Compare(IReadOnlyList<ProcessFacts> ranks, Action<string> notice)
    {
        var differences = Launch.Differences(ListModule.OfSeq(
            ranks.Select(facts => ListModule.OfSeq(_names.Zip(facts.Values, Tuple.Create)))));
        if (!differences.IsEmpty)
            throw new MtrlException($"the processes differ. {string.Join("; ", differences)}.");
        string[] others =
        [
            .. ranks.Index().Where(other => other.Item.Processor != ranks[0].Processor)
                .Select(other => $"rank {other.Index} has another processor ({other.Item.Processor}) than rank 0 ({ranks[0].Processor})"),
        ];
        foreach (var other in others)
            notice($"{other}: its actions may differ in the last bits, and so the run from a run of one process.");
        var (allowed, online) = (Tensors.Processor.Allowed, Tensors.Processor.Online);
        if (allowed < online)
            notice(
                $"rank 0 is bound to {Text.Count(allowed)} of {Text.Count(online)} processors, and its updates have no others. 'mpirun --bind-to none' binds no process.");
        return others.FirstOrDefault();
    }
}
