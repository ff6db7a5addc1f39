using MtrlFunctional.Tensors;
using TorchSharp;

namespace MtrlFunctional.Training;

/// <summary>
/// Owns the tensors of a state that the core computes: takes them out of the scope they were made in, and frees
/// them once no newer state has them.
/// </summary>
/// <typeparam name="TState">A state of an algorithm.</typeparam>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class HeldState<TState> : IDisposable
{
    private readonly Func<TState, IEnumerable<torch.Tensor>> _owns;

    /// <summary>Holds a first state.</summary>
    /// <param name="owns">The tensors of a state; parts that two states share are the same objects.</param>
    /// <param name="first">The state before the first update.</param>
    internal HeldState(Func<TState, IEnumerable<torch.Tensor>> owns, TState first)
    {
        _owns = owns;
        Value = first;
        Keep(first);
    }

    /// <summary>The newest state.</summary>
    internal TState Value { get; private set; }

    /// <summary>Frees what the new state does not share with the old one.</summary>
    internal void Replace(TState next)
    {
        var kept = _owns(next).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var tensor in _owns(Value))
            if (!kept.Contains(tensor))
                tensor.Dispose();
        Value = next;
        Keep(next);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _owns(Value))
            tensor.Dispose();
    }

    private void Keep(TState state)
    {
        foreach (var tensor in _owns(state))
            Ops.DetachFromScopes(tensor);
    }
}
