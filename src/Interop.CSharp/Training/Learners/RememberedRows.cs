using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>States of a policy with a memory, of the rows of each batch. Zero before the first observation.</summary>
/// <remarks>The caller disposes it. Threads may advance different batches at the same time.</remarks>
/// <param name="remember">States [groups; rows; memory] and observations to the states after them.</param>
/// <param name="size">Numbers of the memory of a row.</param>
internal sealed class RememberedRows(Func<Tensor, Tensor, Tensor> remember, int size) : IDisposable
{
    private readonly Dictionary<int, Tensor> _states = [];

    /// <summary>The states of a batch, of the same rows in each call, after further observations [groups; rows; observations];
    /// valid until the next call for it.</summary>
    internal Tensor After(int batch, Tensor observations)
    {
        Tensor? before;
        lock (_states)
            _states.TryGetValue(batch, out before);
        var shape = observations.shape;
        var next = remember(
            before ?? torch.zeros([shape[0], shape[1], size], observations.dtype, observations.device), observations);
        next.DetachFromDisposeScope();
        before?.Dispose();
        lock (_states)
            _states[batch] = next;
        return next;
    }

    public void Dispose()
    {
        foreach (var state in _states.Values)
            state.Dispose();
        _states.Clear();
    }
}
