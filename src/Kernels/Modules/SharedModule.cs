using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A module of TorchSharp for any number of threads: each call has an instance for itself.</summary>
/// <param name="create">Makes an instance; called by one thread at a time in the process, because modules draw their initial values
/// from libtorch's one generator.</param>
internal sealed class SharedModule(Func<nn.Module<Tensor, Tensor>> create)
{
    private static readonly Lock s_generator = new();
    private readonly ConcurrentBag<ModuleInstance> _free = [];

    /// <summary>A new instance with the initial values that it draws after this seed. The generator stays as it was.</summary>
    internal ModuleInstance Create(ulong seed)
    {
        lock (s_generator)
        {
            using var before = random.get_rng_state();
            try
            {
                random.manual_seed(unchecked((long)seed));
                // What its constructor makes on the way ends here; parameters and buffers stay.
                using var scope = NewDisposeScope();
                return new ModuleInstance(create());
            }
            finally
            {
                random.set_rng_state(before);
            }
        }
    }

    /// <summary>As <see cref="ModuleInstance.Call"/>.</summary>
    internal Tensor Call(Tensor[] parameters, Tensor rows)
    {
        var instance = _free.TryTake(out var free) ? free : Create(0);
        try
        {
            return instance.Call(parameters, rows);
        }
        finally
        {
            Keep(instance);
        }
    }

    /// <summary>Leaves an instance to calls.</summary>
    internal void Keep(ModuleInstance instance)
    {
        instance.ReleaseDrawn();
        _free.Add(instance);
    }

    /// <summary>Whether a call draws from libtorch's generator.</summary>
    internal static bool Draws(ModuleInstance instance, Tensor[] parameters, Tensor rows)
    {
        lock (s_generator)
        {
            using var before = random.get_rng_state();
            using var result = instance.Call(parameters, rows);
            using var after = random.get_rng_state();
            return !before.Equals(after);
        }
    }

    /// <summary>Whether the result depends on each of the parameters, which are leaves.</summary>
    internal static bool[] Reached(ModuleInstance instance, Tensor[] parameters, Tensor rows)
    {
        using var result = instance.Call(parameters, rows);
        if (!result.requires_grad || parameters.Length == 0)
            return new bool[parameters.Length];
        using var sum = result.sum();
        var gradients = Gradients.Recorded([sum], parameters, [], retain: false, create: false);
        foreach (var gradient in gradients)
            gradient?.Dispose();
        return [.. gradients.Select(gradient => gradient is not null)];
    }
}
