namespace MtrlFunctional.Policies;

/// <summary>The metadata of a policy's file (<c>metadata_props</c>): their keys, and what they state.</summary>
internal static class PolicyMetadata
{
    internal const string FormatKey = "format";
    internal const string VersionKey = "version";
    internal const string TasksKey = "tasks";
    internal const string ObservationSizeKey = "observation_size";
    internal const string ActionSizeKey = "action_size";
    internal const string MemoryKey = "memory_size";
    internal const string SizesKey = "task_sizes";
    internal const string StepKey = "step";
    internal const string LicenceKey = "licence";
    internal const string CardKey = "card";
    internal const string ConfigKey = "config";

    /// <summary>Under <see cref="FormatKey"/>.</summary>
    internal const string Format = "mtrl-policy";

    /// <summary>Of the format.</summary>
    internal const int Version = 4;

    /// <summary>The policy of a file.</summary>
    internal static PolicyData Read(string name, IReadOnlyDictionary<string, string> metadata, byte[] model)
    {
        string Text(string key) => metadata.TryGetValue(key, out var text)
            ? text
            : throw new MtrlException($"{name}: has no '{key}' in its metadata; it is no policy. 'mtrl export RUN --onnx FILE' writes one.");
        int Count(string key) => int.TryParse(Text(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) && count > 0
            ? count
            : throw new MtrlException($"{name}: '{key}' is no whole number above 0.");
        if (Text(FormatKey) != Format)
            throw new MtrlException($"{name}: is of format '{Text(FormatKey)}', where '{Format}' is needed.");
        if (Count(VersionKey) is var version && version != Version)
            throw new MtrlException(
                $"{name}: has version {version} of the format; this program reads version {Version}."
                + (version > Version ? " A newer program wrote it." : ""));
        _ = Text(ContentHash.Key);
        try
        {
            return Checked(name, new PolicyData(
                Tasks(Text(TasksKey)), Count(ObservationSizeKey), Count(ActionSizeKey), model, Text(ConfigKey),
                long.Parse(Text(StepKey), CultureInfo.InvariantCulture), Text(LicenceKey))
            {
                MemorySize = metadata.ContainsKey(MemoryKey) ? Count(MemoryKey) : 0,
                Sizes = metadata.TryGetValue(SizesKey, out var sizes) ? Sizes(sizes) : null,
                Card = metadata.TryGetValue(CardKey, out var card) ? Card(card) : null,
            });
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new MtrlException($"{name}: its metadata cannot be read ({e.Message.TrimEnd('.')}).", inner: e);
        }
    }

    private static PolicyData Checked(string name, PolicyData policy)
    {
        if (policy.Tasks.Count == 0)
            throw new MtrlException($"{name}: names no tasks.");
        if (!Fit(policy))
            throw new MtrlException($"{name}: '{SizesKey}' does not have two numbers for each task, from 1 to the numbers of a row.");
        return policy.ObservationSize > policy.TrialColumns
            ? policy
            : throw new MtrlException(
                $"{name}: its rows have {policy.ObservationSize} numbers, where a memory needs more than the {policy.TrialColumns} of a trial.");
    }

    private static bool Fit(PolicyData policy) => policy.Sizes is not { } sizes
        || (sizes.Count == policy.Tasks.Count
            && sizes.All(size => size.ObservationSize > 0 && size.ObservationSize <= policy.ObservationSize
                && size.ActionSize > 0 && size.ActionSize <= policy.ActionSize));

    private static string[] Tasks(string text) => [.. Of<List<object?>>(JsonText.Read(text), TasksKey).Select(task => Of<string>(task, TasksKey))];

    private static TaskSizes[] Sizes(string text) =>
    [
        .. Of<List<object?>>(JsonText.Read(text), SizesKey).Select(size =>
            size is List<object?> and [long observation, long action]
                ? new TaskSizes(checked((int)observation), checked((int)action))
                : throw new FormatException($"'{SizesKey}' needs two whole numbers for each task")),
    ];

    private static PolicyCard Card(string text)
    {
        var card = Of<Dictionary<string, object?>>(JsonText.Read(text), CardKey);
        return new PolicyCard(
            Member<string>(card, "description"), Member<string>(card, "train"), Member<string>(card, "export"), Member<string>(card, "evaluate"),
            Member<long>(card, "seed"), checked((int)Member<long>(card, "horizon")), Member<string>(card, "goals"), Member<string>(card, "rewards"),
            [.. Member<List<object?>>(card, "results").Select(one =>
            {
                var result = Of<Dictionary<string, object?>>(one, "results");
                return new CardResult(
                    Member<string>(result, "task"), checked((int)Member<long>(result, "episodes")),
                    result.TryGetValue("successes", out var successes) && successes is null ? null : checked((int)Member<long>(result, "successes")),
                    Member<object>(result, "return") is long whole ? whole : Member<double>(result, "return"));
            })]);
    }

    private static T Member<T>(Dictionary<string, object?> members, string key) =>
        Of<T>(members.TryGetValue(key, out var value) ? value : null, key);

    private static T Of<T>(object? value, string key) =>
        value is T found ? found : throw new FormatException($"'{key}' is missing, or no {Noun(typeof(T))}");

    private static string Noun(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(long) ? "whole number"
        : type == typeof(double) ? "number"
        : type == typeof(List<object?>) ? "list"
        : "object";
}
