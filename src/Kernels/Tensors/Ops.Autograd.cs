using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Gradients and ownership.</content>
public static partial class Ops
{
    /// <summary>The same memory as a leaf: gradients with respect to it are recorded.</summary>
    public static Tensor Leaf(Tensor x) => x.detach().requires_grad_(true);

    /// <summary>The same memory, outside the recorded computation.</summary>
    public static Tensor Detach(Tensor x) => x.detach();

    /// <summary>Gradients of a scalar; zeros for an input that the loss does not depend on, which are one expanded number where
    /// the input has 65,536 numbers or more. Frees the graph.</summary>
    public static Tensor[] Grad(Tensor loss, Tensor[] inputs) => Gradients([loss], inputs, null, retain: false, create: false);

    /// <summary><see cref="Grad"/>, which keeps the graph for another call (several losses over one forward pass).</summary>
    public static Tensor[] GradRetained(Tensor loss, Tensor[] inputs) =>
        Gradients([loss], inputs, null, retain: true, create: false);

    /// <summary><see cref="Grad"/> whose result can itself be differentiated.</summary>
    public static Tensor[] GradGraph(Tensor loss, Tensor[] inputs) =>
        Gradients([loss], inputs, null, retain: true, create: true);

    /// <summary>Gradients of Σ weight · output: a vector-Jacobian product.</summary>
    public static Tensor[] GradWeighted(Tensor output, Tensor weight, Tensor[] inputs) =>
        Gradients([output], inputs, [weight], retain: false, create: false);

    /// <summary>Operations on this thread are not recorded until the result is disposed.</summary>
    public static IDisposable NoGrad() => torch.no_grad();

    /// <summary>Tensors created on this thread from now on are disposed with the result, except those moved out of it.</summary>
    public static DisposeScope Scope() => torch.NewDisposeScope();

    /// <summary>Moves a tensor from the innermost scope to the next outer scope, or to the caller. Returns it.</summary>
    public static Tensor MoveToOuter(Tensor x) => x.MoveToOuterDisposeScope();

    /// <summary>Removes a tensor from all scopes: its owner disposes it. Returns it.</summary>
    public static Tensor DetachFromScopes(Tensor x) => x.DetachFromDisposeScope();

    /// <summary>Adds a tensor that belongs to no scope to the innermost scope of this thread, if one is open. Returns it.</summary>
    public static Tensor AttachToScope(Tensor x)
    {
        using var bridge = torch.NewDisposeScope();
        bridge.Attach(x);
        return bridge.MoveToOuter(x);
    }

    /// <summary>Number of live tensors in this process.</summary>
    public static long LiveTensors => Tensor.TotalCount;

    /// <summary>Where the input is large one zero for all numbers, which takes no memory.</summary>
    private static Tensor NoGradient(Tensor input) =>
        input.numel() < LargeTensor ? ZerosLike(input) : torch.zeros([1], input.dtype, input.device).expand(input.shape);

    private static Tensor[] Gradients(Tensor[] outputs, Tensor[] inputs, Tensor[]? weights, bool retain, bool create)
    {
        foreach (var x in outputs.Concat(inputs))
            if (!x.requires_grad)
                throw new ExternalException($"A tensor [{string.Join(", ", x.shape)}] of the derivative does not require grad.");
        if (weights is null && outputs.FirstOrDefault(x => x.numel() != 1) is { } output)
            throw new ExternalException($"A gradient without weights is that of a scalar, not of [{string.Join(", ", output.shape)}].");
        var gradients = Tensors.Gradients.Of(outputs, inputs, weights ?? [], retain, create);
        return [.. inputs.Zip(gradients, (input, gradient) => gradient ?? NoGradient(input))];
    }
}
