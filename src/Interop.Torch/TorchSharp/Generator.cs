namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>An independent random number generator: the same seed gives the same draws.</summary>
    public sealed class Generator : IDisposable
    {
        private nint _handle;

        /// <summary>A generator on a device.</summary>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            _handle = Native.mt_generator_new(seed, (int)this.device.type, this.device.index);
            if (_handle == 0)
                throw Native.LastError();
        }

        /// <summary>Frees the native generator if it was not disposed.</summary>
        ~Generator() => Free();

        /// <summary>The device of the draws.</summary>
        public Device device { get; }

        internal nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException("Generator");

        /// <summary>Sets the seed; returns the same generator.</summary>
        public Generator manual_seed(long seed)
        {
            Native.Check(Native.mt_generator_seed(Handle, unchecked((ulong)seed)));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Frees the native generator.</summary>
        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
                Native.mt_generator_free(handle);
        }
    }

    /// <summary>Seeds the default generator.</summary>
    public static void manual_seed(long seed) => Native.Check(Native.mt_manual_seed(seed));

    /// <summary>Draws from the standard normal distribution.</summary>
    public static Tensor randn(long[] size, ScalarType? dtype = null, Device? device = null, Generator? generator = null)
    {
        fixed (long* sizes = size)
            return AfterDraw(Native.mt_randn(sizes, size.Length, generator?.Handle ?? 0, new NativeTensorOptions(dtype, device)), generator);
    }

    /// <summary>Draws from the uniform distribution over [0, 1).</summary>
    public static Tensor rand(long[] size, ScalarType? dtype = null, Device? device = null, Generator? generator = null)
    {
        fixed (long* sizes = size)
            return AfterDraw(Native.mt_rand(sizes, size.Length, generator?.Handle ?? 0, new NativeTensorOptions(dtype, device)), generator);
    }

    /// <summary>The generator must live until the draw is done.</summary>
    private static Tensor AfterDraw(Tensor drawn, Generator? generator)
    {
        GC.KeepAlive(generator);
        return drawn;
    }
}
