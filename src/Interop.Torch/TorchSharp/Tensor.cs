using System.Diagnostics;
using System.Runtime.InteropServices.Marshalling;

namespace TorchSharp;

/// <summary>libtorch under TorchSharp's names, as far as this project uses them.</summary>
public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. The dispose scope that was open at its creation disposes it, or else its owner. A tensor
    /// is not synchronised: threads may read it concurrently, not change or dispose it.
    /// </summary>
    [NativeMarshalling(typeof(TensorMarshaller))]
    [DebuggerDisplay("{ToString(),nq}")]
    public sealed partial class Tensor : IDisposable
    {
        private static long s_total;

        private nint _handle;
        private Guard? _guard;

        internal Tensor(nint handle)
        {
            _handle = handle;
            Interlocked.Increment(ref s_total);
            Enter(DisposeScope.Current);
        }

        /// <summary>Number of live tensors in this process.</summary>
        public static long TotalCount => Interlocked.Read(ref s_total);

        /// <summary>Whether the tensor was disposed.</summary>
        public bool IsInvalid => _handle == 0;

        internal DisposeScope? Scope { get; private set; }

        internal int Slot { get; set; }

        internal nint Handle =>
            _handle != 0 ? _handle : throw new ObjectDisposedException("Tensor", "The tensor was disposed, perhaps by its dispose scope.");

        /// <summary>Frees the memory, unless other tensors share it. A second call has no effect.</summary>
        public void Dispose()
        {
            if (_handle == 0)
                return;
            Scope?.Remove(Slot);
            Release();
        }

        /// <summary>Element type, shape and device, not the values.</summary>
        public override string ToString() =>
            IsInvalid ? "Tensor (disposed)" : $"[{string.Join(';', shape)}] {dtype} {device}";

        internal void MoveTo(DisposeScope? scope)
        {
            _ = Handle;
            if (scope == Scope && (scope is not null || _guard is not null))
                return;
            Scope?.Remove(Slot);
            _guard?.Retire();
            _guard = null;
            Enter(scope);
        }

        internal void Release()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
                return;
            Scope = null;
            _guard?.Retire();
            _guard = null;
            Interlocked.Decrement(ref s_total);
            Native.mt_free(handle);
        }

        private void Enter(DisposeScope? scope)
        {
            Scope = scope;
            if (scope is not null)
                Slot = scope.Add(this);
            else
                _guard = new Guard(this);
        }

        /// <summary>
        /// Finaliser of a tensor outside all scopes, and its memory pressure, without which collections would be too
        /// rare. Tensors inside a scope have none, which is cheaper.
        /// </summary>
        private sealed class Guard
        {
            private readonly Tensor _tensor;
            private readonly long _bytes;

            internal Guard(Tensor tensor)
            {
                _tensor = tensor;
                _bytes = Math.Max(256, Native.mt_count(tensor._handle) * Native.mt_element_size(tensor._handle));
                MemoryPressure.Change(_bytes);
            }

            ~Guard()
            {
                MemoryPressure.Change(-_bytes);
                _tensor._guard = null;
                _tensor.Release();
            }

            internal void Retire()
            {
                MemoryPressure.Change(-_bytes);
                GC.SuppressFinalize(this);
            }
        }
    }
}
