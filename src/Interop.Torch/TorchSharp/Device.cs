using System.Globalization;

namespace TorchSharp;

/// <summary>Kinds of devices, numbered as in libtorch.</summary>
public enum DeviceType
{
    /// <summary>Main memory.</summary>
    CPU = 0,

    /// <summary>An NVIDIA GPU.</summary>
    CUDA = 1,
}

public static partial class torch
{
    /// <summary>Main memory.</summary>
    public static readonly Device CPU = new(DeviceType.CPU);

    /// <summary>The first GPU.</summary>
    public static readonly Device CUDA = new(DeviceType.CUDA, 0);

    /// <summary>Parses <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static Device device(string description) => new(description);

    /// <summary>The device of a tensor.</summary>
    public sealed class Device : IEquatable<Device>
    {
        /// <summary>Parses <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
        /// <exception cref="ArgumentException">The text is none of these.</exception>
        public Device(string description)
        {
            var parts = description.Split(':');
            type = parts[0] switch
            {
                "cpu" => DeviceType.CPU,
                "cuda" => DeviceType.CUDA,
                _ => throw Unreadable(description),
            };
            var number = 0;
            if (parts.Length > 2 || (parts.Length == 2 && !TryIndex(parts[1], out number)))
                throw Unreadable(description);
            index = type == DeviceType.CPU ? -1 : number;
        }

        /// <summary>A device by kind and number; the CPU has number -1.</summary>
        public Device(DeviceType type, int index = -1) =>
            (this.type, this.index) = (type, type == DeviceType.CPU ? -1 : Math.Max(index, 0));

        /// <summary>The kind.</summary>
        public DeviceType type { get; }

        /// <summary>The number among devices of its kind, -1 for the CPU.</summary>
        public int index { get; }

        /// <inheritdoc/>
        public bool Equals(Device? other) => other is not null && type == other.type && index == other.index;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Device);

        /// <inheritdoc/>
        public override int GetHashCode() => HashCode.Combine(type, index);

        /// <summary>As libtorch writes it: <c>cpu</c>, <c>cuda:0</c>.</summary>
        public override string ToString() =>
            type == DeviceType.CPU ? "cpu" : string.Create(CultureInfo.InvariantCulture, $"cuda:{index}");

        private static bool TryIndex(string text, out int index) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out index);

        private static ArgumentException Unreadable(string description) =>
            new($"Device '{description}' is unknown: write cpu, cuda or cuda:NUMBER.");
    }

    /// <summary>CUDA devices.</summary>
    public static class cuda
    {
        /// <summary>Whether this libtorch supports CUDA and a GPU is present.</summary>
        public static bool is_available() => Native.mt_cuda_available() != 0;

        /// <summary>Waits until everything queued on the device is done.</summary>
        public static void synchronize(Device? device = null) =>
            Native.Check(Native.mt_cuda_synchronize(device?.index ?? 0));
    }
}

/// <summary>mt_tensor_options of the C header.</summary>
internal struct NativeTensorOptions
{
    internal int Type;
    internal int Device;
    internal int Index;

    internal NativeTensorOptions(torch.ScalarType? type, torch.Device? device)
    {
        Type = (int)(type ?? torch.ScalarType.Float32);
        Device = (int)(device?.type ?? DeviceType.CPU);
        Index = device?.index ?? -1;
    }
}
