using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The update of a crash bundle, performed again.</summary>
/// <param name="Message">Why training stopped there.</param>
/// <param name="Update">Number of the update.</param>
/// <param name="Names">The tensors of the outcome, and the metrics.</param>
/// <param name="Different">The names whose numbers differ from the recorded numbers in any bit.</param>
public sealed record UpdateReproduction(
    string Message, long Update, IReadOnlyList<string> Names, IReadOnlyList<string> Different)
{
    /// <summary>Performs the update of a crash bundle again and compares its outcome bit by bit.</summary>
    /// <param name="folder">The bundle: <c>RUN/crash/update-N</c>.</param>
    /// <param name="extensions">The parts that the run was trained with; null: only the library's.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="MtrlException">No bundle there, or a damaged one.</exception>
    public static UpdateReproduction Of(string folder, Extensions? extensions = null)
    {
        var bundle = new CrashBundle(folder);
        if (!File.Exists(bundle.SampleFile))
            throw NoBundle(folder, Path.GetFileName(bundle.SampleFile));
        using var sample = SafetensorsFile.Open(bundle.SampleFile);
        using var outcome = SafetensorsFile.Open(bundle.OutcomeFile);
        var updates = Number(sample, "updates");
        var threads = Number(sample, "threads");
        if (threads is < 1 or > CheckpointNames.MostThreads)
            throw new MtrlException($"{sample.Path}: {threads} threads are not possible.");
        using var learner = Open(bundle, (int)threads, updates, extensions ?? Extensions.None);
        using var scope = torch.NewDisposeScope();
        var names = new List<string>();
        var different = new List<string>();
        foreach (var (name, tensor) in Repeat(learner, sample))
        {
            names.Add(name);
            if (!outcome.Contains(name) || !HasBits(TensorFiles.Read(outcome, name), tensor.cpu().contiguous()))
                different.Add(name);
        }

        return new UpdateReproduction(bundle.Message, updates, names, different);
    }

    private static MtrlException NoBundle(string folder, string sample)
    {
        var (what, near) = File.Exists(folder)
            ? ("is a file, where the folder of a crash bundle is needed", [Path.GetDirectoryName(folder) ?? ""])
            : !Directory.Exists(folder)
                ? ("no such folder", [])
                : ($"not a crash bundle, which contains {sample}", BundlesOf(folder));
        string[] bundles = [.. near.Where(other => File.Exists(Path.Combine(other, sample))).Take(3)];
        return new MtrlException(
            $"{folder}: {what}. "
            + (bundles.Length > 0 ? $"Name {string.Join(" or ", bundles)}." : "Bundles of a run are RUN/crash/update-N."));
    }

    /// <summary>Bundles of a run, or of its folder <c>crash</c>.</summary>
    private static string[] BundlesOf(string folder) =>
        [.. new[] { folder, new RunFolder(folder).CrashFolder }
            .Where(Directory.Exists)
            .SelectMany(Directory.GetDirectories)
            .Order(StringComparer.Ordinal)];

    private static Tuple<string, Tensor>[] Repeat(ILearner learner, SafetensorsFile sample)
    {
        try
        {
            return [.. learner.Preview(TensorFiles.All(sample))];
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentException or InvalidOperationException
            or IndexOutOfRangeException or OverflowException or ExternalException)
        {
            var reason = e.Message.Split('\n')[0].TrimEnd('.');
            throw new MtrlException($"{sample.Path}: is no sample of this agent ({reason}).", inner: e);
        }
    }

    private static ILearner Open(CrashBundle bundle, int threads, long updates, Extensions extensions)
    {
        var experiment = RunIdentity.Read(bundle.Texts, extensions);
        RunIdentity.Require(bundle.Texts.ConfigFile, Available.NotGiven(experiment));
        using var environments = ExperimentEnvironments.Create(experiment, evaluate: true, threads: 1, extensions);
        return Learner.Create(experiment, environments.Spec, threads, extensions).Prepared(learner =>
        {
            using var scope = torch.NewDisposeScope();
            using var state = SafetensorsFile.Open(bundle.StateFile);
            if (learner.Restore(TensorFiles.FindIn(state), updates) is [var fault, ..])
                throw new MtrlException($"{state.Path}: does not fit the networks of its configuration. {fault}");
        });
    }

    private static long Number(SafetensorsFile sample, string name) =>
        sample.Metadata.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new MtrlException($"{sample.Path}: has no number '{name}', so it is not of a crash bundle.");

    private static bool HasBits(Tensor recorded, Tensor repeated) =>
        recorded.dtype == repeated.dtype
        && recorded.shape.AsSpan().SequenceEqual(repeated.shape)
        && recorded.bytes.SequenceEqual(repeated.bytes);
}
