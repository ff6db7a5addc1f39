using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>
/// Members of later TorchSharp versions in terms of 0.99, the last version for libtorch 1.13. Compiled for that
/// version only.
/// </summary>
internal static class Backend099
{
    /// <summary>Adds <paramref name="tensor"/>, which belongs to no scope, to <paramref name="scope"/>.</summary>
    internal static void Attach(this DisposeScope scope, Tensor tensor) => scope.Include(tensor);

    extension(torch.cuda)
    {
        /// <summary>Waits until everything queued on the device is done.</summary>
        internal static void synchronize(Device device) => torch.cuda.synchronize(device.index);
    }
}
