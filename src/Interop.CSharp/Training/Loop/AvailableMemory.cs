namespace MtrlFunctional.Training;

/// <summary>Memory that this process can still take, and the name of the limit.</summary>
/// <param name="Bytes">At least 0.</param>
/// <param name="Limit">Name of the tightest limit, for messages.</param>
internal readonly record struct AvailableMemory(long Bytes, string Limit)
{
    /// <summary>The tightest of all limits: the machine, the runtime, the address space (<c>ulimit -v</c>), and the control groups
    /// of this process, of both versions.</summary>
    internal static AvailableMemory Find(string root = "/")
    {
        AvailableMemory[] bounds = [OfRuntime(), .. OfAddressSpace(root), .. OfMachine(root), .. OfControlGroups(root)];
        var tightest = bounds.MinBy(bound => bound.Bytes);
        return tightest with { Bytes = Math.Max(0, tightest.Bytes) };
    }

    private static AvailableMemory OfRuntime()
    {
        var total = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new(total - System.Environment.WorkingSet, "the memory limit of the process");
    }

    /// <summary>Memory reserved by the runtime counts as taken: replay, networks and models lie outside its heap.</summary>
    private static IEnumerable<AvailableMemory> OfAddressSpace(string root)
    {
        if (ProcessLimit(root, "Max address space") is { } most
            && Numbers(Path.Combine(root, "proc/self/status")).TryGetValue("VmSize:", out var kilobytes))
            yield return new(most - (kilobytes * 1024), "the address space of the process (ulimit -v)");
    }

    /// <summary>Bytes that a file of this process may have; null: as many as the disk has room for.</summary>
    internal static long? LargestFile(string root = "/") => ProcessLimit(root, "Max file size");

    /// <summary>A soft limit of this process; null: none.</summary>
    private static long? ProcessLimit(string root, string name)
    {
        var limit = Lines(Path.Combine(root, "proc/self/limits")).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return limit?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, CultureInfo.InvariantCulture, out var most)
                ? most
                : null;
    }

    private static IEnumerable<AvailableMemory> OfMachine(string root) =>
        Numbers(Path.Combine(root, "proc/meminfo")).TryGetValue("MemAvailable:", out var kilobytes)
            ? [new(kilobytes * 1024, "the free memory of the machine")]
            : [];

    private static IEnumerable<AvailableMemory> OfControlGroups(string root)
    {
        foreach (var line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            if (line.Split(':', 3) is not [_, var controllers, var group])
                continue;
            if (controllers.Length == 0)
                foreach (var folder in Ancestors(Path.Combine(root, "sys/fs/cgroup"), group))
                    if (OfControlGroup(folder, "memory.max", "memory.current", "inactive_file") is { } limit)
                        yield return limit;
            if (controllers.Split(',').Contains("memory"))
                foreach (var folder in Ancestors(Path.Combine(root, "sys/fs/cgroup/memory"), group))
                    if (OfControlGroup(folder, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file") is { } limit)
                        yield return limit;
        }
    }

    /// <summary>The folders of a group and of its ancestors. A container may show its own group as the root.</summary>
    private static IEnumerable<string> Ancestors(string mount, string group)
    {
        for (var path = group.Trim('/'); path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
            yield return Path.Combine(mount, path);
        yield return mount;
    }

    /// <summary>Pages of files that are not in use are counted as used, but are given up first.</summary>
    private static AvailableMemory? OfControlGroup(string folder, string limit, string usage, string reclaimable) =>
        Number(Path.Combine(folder, limit)) is { } most && Number(Path.Combine(folder, usage)) is { } used
            ? new(
                most - used + Numbers(Path.Combine(folder, "memory.stat")).GetValueOrDefault(reclaimable),
                $"{limit} of the control group")
            : null;

    /// <summary>The number in a file; null where it is absent or unlimited ("max").</summary>
    private static long? Number(string file) =>
        Lines(file).FirstOrDefault() is { } text && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>First numbers of the lines of a file, by their first words.</summary>
    private static Dictionary<string, long> Numbers(string file)
    {
        var numbers = new Dictionary<string, long>();
        foreach (var line in Lines(file))
            if (line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var name, var text, ..]
                && long.TryParse(text, CultureInfo.InvariantCulture, out var number))
                numbers[name] = number;
        return numbers;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
