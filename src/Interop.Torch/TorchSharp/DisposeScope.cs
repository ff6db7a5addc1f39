namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// Opens a scope on this thread: tensors created from now on belong to it and are disposed with it, unless
    /// they are moved out. Scopes nest; close them in the opposite order (<c>using</c>).
    /// </summary>
    public static DisposeScope NewDisposeScope() => new();
}

/// <summary>
/// Owns tensors and disposes them at its end. A scope belongs to the thread that opened it and must not
/// be shared; detach a tensor before passing it to another thread.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? s_current;

    private readonly DisposeScope? _outer;
    private readonly List<torch.Tensor> _tensors = [];
    private bool _disposed;

    internal DisposeScope()
    {
        _outer = s_current;
        s_current = this;
    }

    /// <summary>Frees the tensors of a scope that was never disposed.</summary>
    ~DisposeScope()
    {
        foreach (var tensor in _tensors)
            tensor.Release();
    }

    /// <summary>Number of tensors of the scope.</summary>
    public int DisposablesCount => _tensors.Count;

    internal static DisposeScope? Current => s_current;

    /// <summary>Whether the scope owns <paramref name="tensor"/>.</summary>
    public bool Contains(torch.Tensor tensor) => tensor.Scope == this;

    /// <summary>Moves <paramref name="tensor"/> to this scope from its present owner.</summary>
    public void Attach(torch.Tensor tensor) => tensor.MoveTo(this);

    /// <summary>Moves the tensor to the next outer scope, or to none if this is the outermost.</summary>
    public torch.Tensor MoveToOuter(torch.Tensor tensor)
    {
        Move(tensor, _outer);
        return tensor;
    }

    /// <summary>Moves the tensors to the next outer scope, or to none if this is the outermost.</summary>
    public void MoveToOuter(IEnumerable<torch.Tensor> tensors)
    {
        foreach (var tensor in tensors)
            Move(tensor, _outer);
    }

    /// <summary>Removes the tensor from all scopes: its owner disposes it.</summary>
    public torch.Tensor Detach(torch.Tensor tensor)
    {
        Move(tensor, null);
        return tensor;
    }

    /// <summary>Removes the tensors from all scopes: their owner disposes them.</summary>
    public void Detach(IEnumerable<torch.Tensor> tensors)
    {
        foreach (var tensor in tensors)
            Move(tensor, null);
    }

    /// <summary>Disposes all tensors of the scope, which stays open.</summary>
    public void DisposeEverything()
    {
        // From the end, so that no tensor is moved into a freed slot.
        for (var i = _tensors.Count - 1; i >= 0; i--)
            _tensors[i].Release();
        _tensors.Clear();
    }

    /// <summary>Disposes all tensors of the scope and closes it.</summary>
    /// <exception cref="InvalidOperationException">An inner scope is still open, or another thread opened it.</exception>
    public void Dispose()
    {
        if (_disposed)
            return;
        if (s_current != this)
            throw new InvalidOperationException("A dispose scope must be closed by its thread and after its inner scopes.");
        s_current = _outer;
        _disposed = true;
        DisposeEverything();
        GC.SuppressFinalize(this);
    }

    /// <summary>A tensor of another owner is not moved.</summary>
    private void Move(torch.Tensor tensor, DisposeScope? scope)
    {
        if (tensor.Scope == this)
            tensor.MoveTo(scope);
    }

    internal int Add(torch.Tensor tensor)
    {
        _tensors.Add(tensor);
        return _tensors.Count - 1;
    }

    /// <summary>In constant time: the last tensor moves to the free slot.</summary>
    internal void Remove(int slot)
    {
        var last = _tensors[^1];
        _tensors[slot] = last;
        last.Slot = slot;
        _tensors.RemoveAt(_tensors.Count - 1);
    }
}

/// <summary>Moves between scopes as methods of a tensor.</summary>
public static class DisposeScopeExtensions
{
    /// <summary>Moves the tensor to the scope outside its own, or to none.</summary>
    public static torch.Tensor MoveToOuterDisposeScope(this torch.Tensor tensor)
    {
        tensor.Scope?.MoveToOuter(tensor);
        return tensor;
    }

    /// <summary>Removes the tensor from all scopes: its owner disposes it.</summary>
    public static torch.Tensor DetachFromDisposeScope(this torch.Tensor tensor)
    {
        tensor.MoveTo(null);
        return tensor;
    }
}
