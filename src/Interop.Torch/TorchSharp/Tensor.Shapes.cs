namespace TorchSharp;

public static partial class torch
{
    public sealed unsafe partial class Tensor
    {
        /// <summary>The same elements in another shape; -1 is inferred from the others. A view where possible.</summary>
        public Tensor reshape(params long[] shape)
        {
            fixed (long* sizes = shape)
                return Native.mt_reshape(this, sizes, shape.Length);
        }

        /// <summary>A view that repeats dimensions of size 1; -1 leaves a dimension as it is.</summary>
        public Tensor expand(params long[] sizes)
        {
            fixed (long* first = sizes)
                return Native.mt_expand(this, first, sizes.Length);
        }

        /// <summary>A view of <paramref name="length"/> entries of a dimension.</summary>
        public Tensor narrow(long dim, long start, long length) => Native.mt_narrow(this, dim, start, length);

        /// <summary>A view of one entry of a dimension, without that dimension.</summary>
        public Tensor select(long dim, long index) => Native.mt_select(this, dim, index);

        /// <summary>Views of all entries of a dimension, without that dimension.</summary>
        public Tensor[] unbind(long dimension = 0)
        {
            var sizes = shape;
            var entries = new nint[sizes[dimension < 0 ? sizes.Length + dimension : dimension]];
            fixed (nint* first = entries)
                Native.Check(Native.mt_unbind(this, dimension, first));
            return Array.ConvertAll(entries, handle => new Tensor(handle));
        }

        /// <summary>A view with two dimensions exchanged.</summary>
        public Tensor transpose(long dim0, long dim1) => Native.mt_transpose(this, dim0, dim1);

        /// <summary>A view with a new dimension of size 1.</summary>
        public Tensor unsqueeze(long dim) => Native.mt_unsqueeze(this, dim);

        /// <summary>A view without the dimension, if its size is 1.</summary>
        public Tensor squeeze(long dim) => Native.mt_squeeze(this, dim);

        /// <summary>The same elements in contiguous memory; a copy only where needed.</summary>
        public Tensor contiguous() => Native.mt_contiguous(this);

        /// <summary>A copy, through which gradients flow.</summary>
        public Tensor clone() => Native.mt_clone(this);

        /// <summary>The same memory, outside the recorded computation.</summary>
        public Tensor detach() => Native.mt_detach(this);

        /// <summary>Entries of a dimension by index.</summary>
        public Tensor index_select(long dim, Tensor index) => Native.mt_index_select(this, dim, index);
    }

    /// <summary>Concatenates tensors along a dimension.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) =>
        Native.WithHandles(tensors, handles => Native.mt_cat(handles, tensors.Count, dim));

    /// <summary>Stacks tensors along a new dimension.</summary>
    public static Tensor stack(IList<Tensor> tensors, long dim = 0) =>
        Native.WithHandles(tensors, handles => Native.mt_stack(handles, tensors.Count, dim));
}
