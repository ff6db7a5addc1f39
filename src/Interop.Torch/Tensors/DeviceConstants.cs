using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>
/// Numbers that a computation moves from main memory to a device each time it is done, such as masks and indices: kept on the
/// device, where a capture finds them by their content. Numbers that were not moved before are refused there.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class DeviceConstants
{
    private const int MostNumbers = 1 << 16;

    private const int MostConstants = 64;

    [ThreadStatic]
    private static DeviceConstants? s_current;

    private readonly Dictionary<string, Tensor> _kept = [];

    /// <summary>Those of the computation of this thread; null: none are kept.</summary>
    internal static DeviceConstants? Current => s_current;

    /// <summary>Does a computation whose constants are kept.</summary>
    public TResult During<TResult>(Func<TResult> computation)
    {
        var outer = s_current;
        s_current = this;
        try
        {
            return computation();
        }
        finally
        {
            s_current = outer;
        }
    }

    /// <summary>Numbers of main memory on a device.</summary>
    /// <exception cref="CaptureException">This thread captures, and they were not kept before.</exception>
    internal Tensor Place(Tensor x, Device device)
    {
        var key = x.numel() <= MostNumbers ? Content(x, device) : "";
        if (_kept.TryGetValue(key, out var kept))
            return kept.detach();
        GraphCapture.Refuse($"Moving other numbers than before to {device}");
        var placed = x.to(device);
        if (key == "" || _kept.Count >= MostConstants)
            return placed;
        _kept[key] = Ops.DetachFromScopes(placed);
        return placed.detach();
    }

    private static string Content(Tensor x, Device device)
    {
        using var plain = x.detach();
        using var dense = plain.contiguous();
        return $"{device} {x.dtype} {string.Join(' ', x.shape)} {Convert.ToBase64String(dense.bytes)}";
    }
}
