using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A module of TorchSharp that computes with parameters which a call gives, in the place of its own, as PyTorch's
/// torch.func.functional_call.</summary>
/// <remarks>A tensor of TorchSharp is an object around a native handle. During a call the objects that the module has as its parameters,
/// wherever it keeps them, hold the handles of the given ones. The recorded computation refers to native tensors: gradients flow to
/// what was given, and the instance is free when the call returns. One thread at a time.</remarks>
internal sealed class ModuleInstance : IDisposable
{
    private readonly nn.Module<Tensor, Tensor> _module;

    /// <param name="module">It stays as it is between calls.</param>
    internal ModuleInstance(nn.Module<Tensor, Tensor> module)
    {
        _module = module;
        var all = module.named_parameters().DistinctBy(p => p.parameter, ReferenceEqualityComparer.Instance).ToArray();
        Trained = [.. all.Where(p => p.parameter.requires_grad).Select(p => (p.name, (Tensor)p.parameter))];
        Constants =
        [
            .. all.Where(p => !p.parameter.requires_grad).Select(p => (p.name, (Tensor)p.parameter)),
            .. module.named_buffers().DistinctBy(b => b.buffer, ReferenceEqualityComparer.Instance),
        ];
        // It may have been made within a scope, and outlives it.
        foreach (var (_, tensor) in Trained.Concat(Constants))
            tensor.DetachFromDisposeScope();
    }

    internal string Name => _module.GetType().Name;

    /// <summary>Parameters that require gradients, each once, with the values that the module drew until they are released.</summary>
    internal (string Name, Tensor Tensor)[] Trained { get; }

    /// <summary>Other parameters, and buffers.</summary>
    internal (string Name, Tensor Tensor)[] Constants { get; }

    /// <summary>Its forward function.</summary>
    /// <param name="parameters">In the order of <see cref="Trained"/>, of one type and device.</param>
    /// <param name="rows">[rows, features], of that type and device, which constants get as well.</param>
    /// <exception cref="ExternalException">libtorch refused.</exception>
    internal Tensor Call(Tensor[] parameters, Tensor rows)
    {
        using var scope = NewDisposeScope();
        Tensor[] constants = [.. Constants.Select(constant => Like(rows, constant.Tensor))];
        Tensor[] own = [.. Trained.Concat(Constants).Select(parameter => parameter.Tensor)];
        Tensor[] given = [.. parameters, .. constants];
        nint[] handles = [.. own.Select(tensor => Handle(tensor))];
        try
        {
            for (var i = 0; i < own.Length; i++)
                Handle(own[i]) = given[i].Handle;
            // The result may be one of the objects that are given back.
            return _module.call(rows).alias().MoveToOuterDisposeScope();
        }
        finally
        {
            for (var i = 0; i < own.Length; i++)
                Handle(own[i]) = handles[i];
            GC.KeepAlive(given);
        }
    }

    /// <summary>Frees the values that the module drew, which no call reads.</summary>
    internal void ReleaseDrawn()
    {
        foreach (var (_, tensor) in Trained)
            tensor.Dispose();
    }

    public void Dispose()
    {
        ReleaseDrawn();
        foreach (var (_, tensor) in Constants)
            tensor.Dispose();
        _module.Dispose();
    }

    private static Tensor Like(Tensor rows, Tensor constant) =>
        constant.is_floating_point() ? constant.to(rows.dtype, rows.device) : constant.to(rows.device);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "handle")]
    private static extern ref nint Handle(Tensor tensor);
}
