namespace TorchSharp;

public static partial class torch
{
    /// <summary>Operations on this thread are not recorded until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    /// <summary>Operations on this thread are recorded again until the result is disposed.</summary>
    public static IDisposable enable_grad() => new GradMode(true);

    private sealed class GradMode : IDisposable
    {
        private readonly int _before = Native.mt_grad_enabled();

        internal GradMode(bool enabled) => Native.mt_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.mt_set_grad_enabled(_before);
    }

    /// <summary>Automatic differentiation.</summary>
    public static class autograd
    {
        /// <summary>Gradients of the sum of <paramref name="outputs"/> (weighted by <paramref name="grad_outputs"/>).</summary>
        /// <param name="outputs">Tensors to differentiate; scalars unless weights are given.</param>
        /// <param name="inputs">Tensors to differentiate with respect to.</param>
        /// <param name="grad_outputs">Weights, each in the shape of its output.</param>
        /// <param name="retain_graph">Keep the graph for another call.</param>
        /// <param name="create_graph">Record this computation as well, for higher derivatives.</param>
        /// <param name="allow_unused">Null instead of an error for an input that the outputs do not depend on.</param>
        /// <returns>One gradient for each input, in its shape.</returns>
        /// <exception cref="System.Runtime.InteropServices.ExternalException">An error of libtorch.</exception>
        public static unsafe IList<Tensor?> grad(
            IList<Tensor> outputs,
            IList<Tensor> inputs,
            IList<Tensor>? grad_outputs = null,
            bool retain_graph = false,
            bool create_graph = false,
            bool allow_unused = false)
        {
            if (grad_outputs is not null && grad_outputs.Count != outputs.Count)
                throw new ArgumentException("There must be one weight for each output.", nameof(grad_outputs));
            var gradients = new nint[inputs.Count];
            var status = Native.WithHandles(outputs, o =>
                Native.WithHandles(inputs, i =>
                    Native.WithHandles(grad_outputs ?? [], w =>
                    {
                        fixed (nint* first = gradients)
                            return Native.mt_grad(
                                o, grad_outputs is null ? 0 : w, outputs.Count, i, inputs.Count,
                                retain_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, first);
                    })));
            Native.Check(status);
            return Array.ConvertAll(gradients, handle => handle == 0 ? null : new Tensor(handle));
        }
    }
}
