using System.Buffers.Binary;
using MtrlFunctional.Networks;
using MtrlFunctional.Tasks;

namespace MtrlFunctional.Training;

/// <summary>Pretrained task embeddings: the input of a task encoder with <c>pretrained_embedding_cfg.should_use</c>, read from
/// the file <c>path_to_load_from</c>: mtrl's JSON (task name to numbers) or safetensors (a table beside a metadata list of tasks,
/// such as <c>mt10</c> with <c>mt10_tasks</c>). If that key has its default and the file does not exist, they are computed from
/// built-in sentences (<see cref="SentenceNumbers"/>).</summary>
public static class TaskEmbeddings
{
    /// <summary>The rows of an experiment's tasks, in their order.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <returns>Null where the experiment uses none.</returns>
    /// <exception cref="MtrlException">The file is missing, damaged, or lacks a task.</exception>
    public static FixedTaskRows? Of(Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var multitask = experiment.Agent.Multitask;
        if (!multitask.UseTaskEncoder || !multitask.TaskEncoder.Pretrained)
            return null;

        var tasks = multitask.TaskEncoder.PretrainedOrder.ToArray();
        return IsOwn(experiment) ? OwnRows(experiment, tasks) : Read(multitask.TaskEncoder.PretrainedPath, tasks);
    }

    /// <summary>Message on the source of the embeddings, if they are computed.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <returns>One sentence, or null.</returns>
    public static string? Notice(Experiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        var multitask = experiment.Agent.Multitask;
        return multitask.UseTaskEncoder && multitask.TaskEncoder.Pretrained && IsOwn(experiment)
            ? $"Task embeddings: {multitask.TaskEncoder.PretrainedPath} does not exist; using embeddings of built-in sentences."
            : null;
    }

    /// <summary>Reads the rows of tasks from a file.</summary>
    /// <param name="path">JSON or safetensors, distinguished by the first eight bytes.</param>
    /// <param name="tasks">Names; versions such as <c>-v1</c> do not matter.</param>
    /// <returns>One row for each task, in their order.</returns>
    /// <exception cref="MtrlException">The file is missing, damaged, or lacks a task.</exception>
    public static FixedTaskRows Read(string path, IReadOnlyList<string> tasks)
    {
        var rows = IsJson(path) ? OfJson(path) : OfSafetensors(path, tasks);
        var absent = tasks.Where(task => !rows.ContainsKey(TaskName.Plain(task))).ToArray();
        if (absent.Length > 0)
            throw new MtrlException($"{path}: has no numbers for {string.Join(", ", absent)}.");

        var chosen = tasks.Select(task => rows[TaskName.Plain(task)]).ToArray();
        var width = chosen[0].Length;
        var other = Array.FindIndex(chosen, row => row.Length != width || width == 0);
        if (other >= 0)
            throw new MtrlException(
                $"{path}: {tasks[other]} has {chosen[other].Length} numbers, {tasks[0]} has {width}; all need equally many, at least 1.");
        return new FixedTaskRows(path, width, [.. chosen.SelectMany(row => row)]);
    }

    private static bool IsOwn(Experiment experiment)
    {
        var path = experiment.Agent.Multitask.TaskEncoder.PretrainedPath;
        var standard =
            $"{experiment.Setup.BasePath}/metadata/task_embedding/roberta_small/{experiment.Environment.Name}.json";
        return path == standard && !File.Exists(path);
    }

    private static FixedTaskRows OwnRows(Experiment experiment, string[] tasks)
    {
        var rows = tasks.Select(task => SentenceNumbers.OfSentence(ExpertWords.Sentence(experiment, task)));
        return new FixedTaskRows("own sentences", SentenceNumbers.Width, [.. rows.SelectMany(row => row)]);
    }

    private static bool IsJson(string path)
    {
        const string Remedy = "Remove path_to_load_from to use built-in sentences.";
        try
        {
            if (PlainFile.FaultOfGiven(path) is { } fault)
                throw new MtrlException($"{path}: {fault} {Remedy}");
            using var file = File.OpenRead(path);

            // As the length of a header, eight characters of a text are far beyond the limit.
            Span<byte> head = stackalloc byte[8];
            return file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length
                || BinaryPrimitives.ReadUInt64LittleEndian(head) > SafetensorsHeader.MaxBytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MtrlException($"{path}: cannot be read ({e.Message.TrimEnd('.')}). {Remedy}", inner: e);
        }
    }

    private static Dictionary<string, double[]> OfJson(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(Text.WithoutMark(File.ReadAllBytes(path).AsMemory()));
            return document.RootElement.EnumerateObject().ToDictionary(
                entry => TaskName.Plain(entry.Name),
                entry => entry.Value.EnumerateArray().Select(x => x.GetDouble()).ToArray());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            throw new MtrlException($"{path}: is not a JSON object of task names with lists of numbers.", inner: e);
        }
    }

    /// <summary>The first table with all tasks; without one, the rows of all tables.</summary>
    private static Dictionary<string, double[]> OfSafetensors(string path, IReadOnlyList<string> tasks)
    {
        using var file = SafetensorsFile.Open(path);
        var all = new Dictionary<string, double[]>();
        foreach (var tensor in file.Tensors)
        {
            if (!file.Metadata.TryGetValue(tensor.Name + "_tasks", out var list) || tensor.Shape.Count != 2)
                continue;
            var names = NamesOf(path, tensor.Name, list);
            var (numbers, width) = (file.ReadDoubles(tensor.Name), (int)tensor.Shape[1]);
            if (names.Length != tensor.Shape[0])
                throw new MtrlException(
                    $"{path}: table '{tensor.Name}' has {tensor.Shape[0]} rows, its list of tasks {names.Length}.");
            var rows = new Dictionary<string, double[]>();
            for (var i = 0; i < names.Length; i++)
                all[TaskName.Plain(names[i])] = rows[TaskName.Plain(names[i])] = numbers[(i * width)..((i + 1) * width)];
            if (tasks.All(task => rows.ContainsKey(TaskName.Plain(task))))
                return rows;
        }

        return all;
    }

    private static string[] NamesOf(string path, string table, string list)
    {
        try
        {
            if (JsonSerializer.Deserialize<string?[]>(list) is { } names && !names.Contains(null))
                return names!;
        }
        catch (JsonException)
        {
            // Answered below, as a list with gaps is.
        }

        throw new MtrlException($"{path}: the tasks of table '{table}' are no JSON list of names.");
    }
}
