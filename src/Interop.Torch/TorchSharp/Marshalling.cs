using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

/// <summary>
/// Marshals tensors in the declarations of Native: an argument stays alive during the call, a returned null becomes
/// an exception with libtorch's message.
/// </summary>
[CustomMarshaller(typeof(torch.Tensor), MarshalMode.ManagedToUnmanagedIn, typeof(Argument))]
[CustomMarshaller(typeof(torch.Tensor), MarshalMode.ManagedToUnmanagedOut, typeof(Result))]
internal static class TensorMarshaller
{
    internal ref struct Argument
    {
        private torch.Tensor? _tensor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void FromManaged(torch.Tensor? tensor) => _tensor = tensor;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly nint ToUnmanaged() => _tensor is null ? 0 : _tensor.Handle;

        /// <summary>Keeps the tensor from finalisation until here.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void OnInvoked() => GC.KeepAlive(_tensor);

        public readonly void Free()
        {
        }
    }

    internal static class Result
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static torch.Tensor ConvertToManaged(nint handle) =>
            handle == 0 ? throw Native.LastError() : new torch.Tensor(handle);
    }
}

internal static partial class Native
{
    /// <summary>Throws an exception with libtorch's message for a nonzero status.</summary>
    internal static void Check(int status)
    {
        if (status != 0)
            throw LastError();
    }

    /// <summary>An exception with libtorch's message; TorchSharp throws the same type.</summary>
    internal static ExternalException LastError() =>
        new(Marshal.PtrToStringUTF8(mt_last_error()) ?? "libtorch failed without a message.");

    /// <summary>Calls <paramref name="body"/> with the handles of all tensors, which stay alive meanwhile.</summary>
    internal static unsafe T WithHandles<T>(IList<torch.Tensor> tensors, Func<nint, T> body)
    {
        var handles = new nint[Math.Max(tensors.Count, 1)];
        for (var i = 0; i < tensors.Count; i++)
            handles[i] = tensors[i].Handle;
        fixed (nint* first = handles)
        {
            var result = body((nint)first);
            GC.KeepAlive(tensors);
            return result;
        }
    }
}
