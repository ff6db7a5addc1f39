using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Gradients and ownership.</content>
public static partial class Ops
{
    /// <summary>The same memory as a new start of a computation with respect to which gradients are taken.</summary>
    public static Tensor Leaf(Tensor x) => x.detach().requires_grad_(true);

    /// <summary>The same memory, outside the recorded computation.</summary>
    public static Tensor Detach(Tensor x) => x.detach();

    /// <summary>Gradients of a scalar; an input that the loss does not depend on gets zeros. The record is used up.</summary>
    public static Tensor[] Grad(Tensor loss, Tensor[] inputs) => Gradients([loss], inputs, null, retain: false, create: false);

    /// <summary><see cref="Grad"/>, after which the record can be used again (several losses over one forward pass).</summary>
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

    /// <summary>Tensors made on this thread from now on die with the result, except those moved out of it.</summary>
    public static DisposeScope Scope() => torch.NewDisposeScope();

    /// <summary>Gives a tensor of the innermost scope to the next outer scope, or to the caller. Returns it.</summary>
    public static Tensor MoveToOuter(Tensor x) => x.MoveToOuterDisposeScope();

    /// <summary>Takes a tensor out of all scopes: its holder disposes it. Returns it.</summary>
    public static Tensor DetachFromScopes(Tensor x) => x.DetachFromDisposeScope();

    /// <summary>Gives a tensor that belongs to no scope to the innermost scope of this thread, if one is open. Returns it.</summary>
    public static Tensor AttachToScope(Tensor x)
    {
        using var bridge = torch.NewDisposeScope();
        bridge.Attach(x);
        return bridge.MoveToOuter(x);
    }

    /// <summary>How many tensors live in this process.</summary>
    public static long LiveTensors => Tensor.TotalCount;

    private static Tensor[] Gradients(Tensor[] outputs, Tensor[] inputs, Tensor[]? weights, bool retain, bool create)
    {
        var gradients = autograd.grad(outputs, inputs, weights, retain, create, allow_unused: true);
        var result = new Tensor[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
            // Not reached: null from the own binding, an empty handle from TorchSharp's packages.
            result[i] = gradients[i] is { IsInvalid: false } reached ? reached : ZerosLike(inputs[i]);
        return result;
    }
}
