using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>The report of an update that is not finite: the folder that receives a folder for each bundle, and the name of the
/// task at each index of the networks, null where none is trained there.</summary>
internal sealed record CrashReports(string Folder, string Config, int Threads, string?[] Tasks)
{
    /// <summary>Writes a bundle; an earlier bundle of the same update is replaced.</summary>
    /// <returns>The end of the message: where it is, or why it could not be written.</returns>
    internal string Record(
        string message, RefusedUpdate refused, IEnumerable<Tuple<string, Tensor>> state, long updates, long step)
    {
        var bundle = new CrashBundle(Path.Combine(Folder, FormattableString.Invariant($"update-{updates}")));
        var facts = new Dictionary<string, string>
        {
            ["updates"] = FormattableString.Invariant($"{updates}"),
            ["step"] = FormattableString.Invariant($"{step}"),
            ["threads"] = FormattableString.Invariant($"{Threads}"),
        };
        try
        {
            DurableFile.Explained(bundle.Folder, () => DurableFile.MakeFolder(bundle.Folder));
            bundle.Texts.WriteConfig(Config);
            bundle.Texts.WriteText(CrashBundle.MessageName, message + "\n");
            SafetensorsWriter.Write(bundle.StateFile, Entries(state));
            SafetensorsWriter.Write(bundle.SampleFile, Entries(refused.Sample), facts);
            SafetensorsWriter.Write(bundle.OutcomeFile, Entries(refused.Outcome));
            return $" State and sample are in {bundle.Folder}: {Shell.Command(["mtrl", "reproduce", bundle.Folder])} repeats the update.";
        }
        catch (MtrlException e)
        {
            return $" State and sample could not be stored: {e.Message}";
        }
    }

    private static IEnumerable<SafetensorsEntry> Entries(IEnumerable<Tuple<string, Tensor>> named) =>
        [.. named.Select(x => TensorFiles.Entry(x.Item1, x.Item2))];
}

/// <summary>A folder with the inputs and results of an update: <c>config.yaml</c>, <c>state.safetensors</c> (the state before),
/// <c>sample.safetensors</c>, <c>outcome.safetensors</c> (the state after, and the metrics) and <c>message.txt</c>.</summary>
internal sealed record CrashBundle(string Folder)
{
    internal const string MessageName = "message.txt";

    internal string StateFile => Path.Combine(Folder, "state.safetensors");

    internal string SampleFile => Path.Combine(Folder, "sample.safetensors");

    internal string OutcomeFile => Path.Combine(Folder, "outcome.safetensors");

    /// <summary>Why training stopped.</summary>
    /// <exception cref="MtrlException">The bundle cannot be read.</exception>
    internal string Message => Texts.ReadText(MessageName).TrimEnd();

    /// <summary>The texts of the bundle: it has a configuration, as the folder of a run.</summary>
    internal RunFolder Texts => new(Folder);
}
