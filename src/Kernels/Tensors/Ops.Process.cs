using TorchSharp;

namespace MtrlFunctional.Tensors;

/// <content>Threads and devices of the process.</content>
public static partial class Ops
{
    /// <summary>Whether this libtorch supports CUDA and a GPU is present.</summary>
    public static bool IsCudaAvailable => torch.cuda.is_available();

    /// <summary>Whether a device is main memory. Devices compare by reference.</summary>
    public static bool IsCpu(torch.Device device) => device.type == DeviceType.CPU;

    /// <summary>The version of libtorch in use.</summary>
    public static string LibtorchVersion => torch.__version__;

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
