using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public sealed unsafe partial class Tensor
    {
        /// <summary>Sizes of all dimensions.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[Native.mt_dimensions(this)];
                fixed (long* first = sizes)
                    Native.Check(Native.mt_shape(this, first));
                return sizes;
            }
        }

        /// <summary>Number of dimensions.</summary>
        public long dim() => Native.mt_dimensions(this);

        /// <summary>Number of elements.</summary>
        public long numel() => Native.mt_count(this);

        /// <summary>The element type.</summary>
        public ScalarType dtype => (ScalarType)TensorOptions().Type;

        /// <summary>The device of the elements.</summary>
        public Device device
        {
            get
            {
                var options = TensorOptions();
                return new Device((DeviceType)options.Device, options.Index);
            }
        }

        /// <summary>Whether the elements are row-major in contiguous memory.</summary>
        public bool is_contiguous() => Native.mt_is_contiguous(this) != 0;

        /// <summary>Whether operations on this tensor are recorded for gradients.</summary>
        /// <exception cref="ExternalException">Set on integers, or unset on a result of recorded operations.</exception>
        public bool requires_grad
        {
            get => Native.mt_requires_grad(this) != 0;
            set => Native.Check(Native.mt_set_requires_grad(this, value ? 1 : 0));
        }

        /// <summary>Sets <see cref="requires_grad"/> and returns the same tensor.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>The memory as bytes. Valid until the tensor is disposed.</summary>
        /// <exception cref="NotSupportedException">Not contiguous, or not in main memory.</exception>
        /// <exception cref="OverflowException">More than 2 GiB.</exception>
        public Span<byte> bytes
        {
            get
            {
                if (TensorOptions().Device != (int)DeviceType.CPU)
                    throw new NotSupportedException("Only memory of the CPU can be read in place: call cpu() first.");
                if (!is_contiguous())
                    throw new NotSupportedException("Only contiguous memory can be read in place: call contiguous() first.");
                var length = checked((int)(numel() * Native.mt_element_size(this)));
                return length == 0 ? [] : new Span<byte>(Native.mt_data(this), length);
            }
        }

        /// <summary>The one element.</summary>
        /// <exception cref="ExternalException">The tensor does not have exactly one element.</exception>
        public double ToDouble()
        {
            NativeScalar value;
            Native.Check(Native.mt_item(this, &value));
            return value.Real;
        }

        /// <summary>The one element of an integer tensor.</summary>
        /// <exception cref="ExternalException">The tensor does not have exactly one element.</exception>
        public long ToInt64()
        {
            NativeScalar value;
            Native.Check(Native.mt_item(this, &value));
            return value.IsWhole != 0 ? value.Whole : (long)value.Real;
        }

        /// <summary>Overwrites the elements with those of <paramref name="source"/> and returns the same tensor.</summary>
        /// <exception cref="ExternalException">The shapes cannot be broadcast.</exception>
        public Tensor copy_(Tensor source)
        {
            Native.Check(Native.mt_copy(this, source));
            return this;
        }

        /// <summary>Converted to an element type; shares memory if the type is the same.</summary>
        public Tensor to_type(ScalarType type) => Native.mt_to(this, TensorOptions() with { Type = (int)type });

        /// <summary>Copied to a device; shares memory if the device is the same.</summary>
        public Tensor to(Device device) => Native.mt_to(this, new NativeTensorOptions(dtype, device));

        /// <summary>Copied to main memory; shares memory if it is there already.</summary>
        public Tensor cpu() => to(CPU);

        private NativeTensorOptions TensorOptions()
        {
            NativeTensorOptions options;
            Native.mt_tensor_options_of(this, &options);
            return options;
        }
    }
}
