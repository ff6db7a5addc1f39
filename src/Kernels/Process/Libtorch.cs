using System.Globalization;
using TorchSharp;

namespace MtrlFunctional.Tensors;

/// <summary>The process's libtorch: its version, threads and devices. The first use loads it.</summary>
/// <exception cref="DllNotFoundException">libtorch is missing or cannot be loaded; the message says what to do.</exception>
public static class Libtorch
{
    static Libtorch()
    {
        // First, because each other statement makes TorchSharp look for libtorch.
        TorchLibrary.Require();
        Cpu = torch.CPU;
    }

    /// <summary>Main memory.</summary>
    public static torch.Device Cpu { get; }

    /// <summary>Version of libtorch.</summary>
    public static string Version => torch.__version__;

    /// <summary>Whether this libtorch supports CUDA and a GPU is present.</summary>
    public static bool IsCudaAvailable => torch.cuda.is_available();

    /// <summary>Why a GPU cannot be used, as the end of a sentence with the remedy; null: it is there.</summary>
    /// <param name="index">From 0.</param>
    public static string? WithoutGpu(int index) =>
        !IsCudaAvailable ? $"libtorch {Version} finds no GPU. 'MTRL_CUDA=1 ./mtrl build' builds for one."
        : torch.cuda.device_count() is var count && index < count ? null
        : $"libtorch finds {count}: use cuda:0{(count > 1 ? $" to cuda:{count - 1}" : "")}. CUDA_VISIBLE_DEVICES counts those it shows from 0.";

    /// <summary>Number of live tensors in this process.</summary>
    public static long LiveTensors => torch.Tensor.TotalCount;

    /// <summary>Loads libtorch, before the first use of TorchSharp.</summary>
    public static void Require()
    {
    }

    /// <summary>Parses <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static torch.Device Device(string description)
    {
        var number = 0;
        return description switch
        {
            "cpu" => Cpu,
            "cuda" => new torch.Device(DeviceType.CUDA, 0),
            _ when description.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(description[5..], NumberStyles.None, CultureInfo.InvariantCulture, out number) =>
                new torch.Device(DeviceType.CUDA, number),
            _ => throw new ArgumentException($"Device '{description}' is unknown: write cpu, cuda or cuda:NUMBER."),
        };
    }

    /// <summary>Whether a device is main memory. Devices compare by reference.</summary>
    public static bool IsCpu(torch.Device device) => device.type == DeviceType.CPU;

    /// <summary>Threads that one operation may use on this thread; data-parallel workers use 1.</summary>
    public static void SetThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        torch.set_num_threads(count);
    }

    /// <summary>Waits for all queued work of the device; returns at once for the CPU.</summary>
    public static void Synchronize(torch.Device device)
    {
        if (device.type == DeviceType.CUDA)
            torch.cuda.synchronize(device);
    }
}
