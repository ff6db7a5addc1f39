using MtrlFunctional.Tensors;
using TorchSharp;

namespace MtrlFunctional.Training;

/// <summary>
/// Owns the tensors of a state that the core computes: detaches them from their scope and frees tensors that the next
/// state does not contain.
/// </summary>
/// <typeparam name="TState">A state of an algorithm.</typeparam>
/// <remarks>The caller disposes it. Not thread-safe.</remarks>
internal sealed class OwnedState<TState> : IDisposable
{
    private readonly Func<TState, IEnumerable<torch.Tensor>> _owns;

    /// <summary>Takes ownership of the initial state.</summary>
    /// <param name="owns">The tensors of a state; parts that two states share are the same objects.</param>
    /// <param name="first">The state before the first update.</param>
    internal OwnedState(Func<TState, IEnumerable<torch.Tensor>> owns, TState first)
    {
        _owns = owns;
        Value = first;
        Detach(first);
    }

    /// <summary>The newest state.</summary>
    internal TState Value { get; private set; }

    /// <summary>Replaces the state and frees the tensors that only the old state contains.</summary>
    internal void Replace(TState next)
    {
        var retained = _owns(next).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var tensor in _owns(Value))
            if (!retained.Contains(tensor))
                tensor.Dispose();
        Value = next;
        Detach(next);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _owns(Value))
            tensor.Dispose();
    }

    private void Detach(TState state)
    {
        foreach (var tensor in _owns(state))
            tensor.DetachFromDisposeScope();
    }
}
