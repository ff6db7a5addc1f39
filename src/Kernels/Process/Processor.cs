using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MtrlFunctional.Tensors;

/// <summary>Process settings that affect speed. They are set through libc before libtorch is loaded, because native code reads
/// the environment at load time and does not see changes made through .NET.</summary>
/// <remarks><c>MTRL_THREADS</c> chooses the number of data-parallel workers. Measured reasons are in
/// docs/adr/0003-process-settings.md.</remarks>
public static partial class Processor
{
    private static readonly Lazy<string[]> s_applied = new(ApplyOnce);

    /// <summary>Data-parallel workers: <c>MTRL_THREADS</c>, otherwise the processors of this process.</summary>
    /// <exception cref="SettingException">The variable is not a whole number of at least 1.</exception>
    public static int Threads
    {
        get
        {
            var chosen = Environment.GetEnvironmentVariable("MTRL_THREADS");
            if (string.IsNullOrEmpty(chosen))
                return Environment.ProcessorCount;
            return int.TryParse(chosen, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1
                ? count
                : throw new SettingException($"MTRL_THREADS = {chosen}: must be a whole number of at least 1.");
        }
    }

    internal static int Online => CountOf(File.ReadAllText("/sys/devices/system/cpu/online"));

    /// <summary>Those that this process may use.</summary>
    internal static int Allowed
    {
        get
        {
            const string name = "Cpus_allowed_list:";
            return CountOf(File.ReadLines("/proc/self/status").First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]);
        }
    }

    /// <summary>Numbers in a list of the kernel: "0-3,8" has five.</summary>
    private static int CountOf(string list) => list.Trim().Split(',').Sum(range =>
    {
        int[] ends = [.. range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
        return ends[^1] - ends[0] + 1;
    });

    /// <summary>Applied settings, as <c>NAME=value</c> with the reason.</summary>
    public static IReadOnlyList<string> Settings => s_applied.Value;

    /// <summary>Applies the settings once; libtorch reads them while it is loaded.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must precede the loading of libtorch, whoever causes it.")]
    internal static void Apply() => _ = s_applied.Value;

    private static string[] ApplyOnce()
    {
        var applied = new List<string>();
        Set("OMP_WAIT_POLICY", "PASSIVE", "waiting threads must not take the time of working ones");
        Set("OMP_NUM_THREADS", "1", "work is split over data-parallel workers");

        // Otherwise activations of 2 MB are returned to the system and allocated anew at each update.
        var succeeded = mallopt(TrimThreshold, int.MaxValue) & mallopt(TopPad, 256 << 20) & mallopt(MmapThreshold, 32 << 20)
            & mallopt(ArenaMax, 1);
        if (succeeded == 1)
            applied.Add("malloc keeps freed memory: one arena, no trimming");
        return [.. applied];

        void Set(string name, string value, string why)
        {
            if (setenv(name, value, 1) == 0)
                applied.Add($"{name}={value} ({why})");
        }
    }

    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3, ArenaMax = -8;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
