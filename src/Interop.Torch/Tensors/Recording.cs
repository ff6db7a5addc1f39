using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A computation that reads numbers, or moves them between devices, cannot be recorded.</summary>
/// <param name="message">What it does.</param>
public sealed class RecordingException(string message) : InvalidOperationException(message);

/// <summary>
/// A computation that is done again and again on tensors in fixed places. On a GPU its kernels are recorded once and
/// launched together (CUDA graphs), which takes a fraction of the time of many small kernels, each launched when its
/// operation is called.
/// </summary>
/// <remarks>Numbers that are no tensors stay those of the recording, except the steps of Adam. Not thread-safe.</remarks>
public sealed class Recording : IDisposable
{
    [ThreadStatic]
    private static Recording? s_current;

    private readonly Action _computation;
    private readonly Tensor[] _means;
    private readonly AdamRule?[] _rules;
    private readonly Tensor _factors;
    private readonly KernelGraph? _graph;

    /// <summary>Records a computation.</summary>
    /// <param name="launchesGraph">Whether a graph is launched; else each run computes anew, which shows on any device
    /// what can be recorded.</param>
    /// <param name="means">First moments of optimisers, in fixed places, not empty: those whose steps of Adam are part of
    /// the computation are recognised by them.</param>
    /// <param name="computation">Reads tensors in fixed places. With a graph, what it makes has its place for good, and is
    /// valid after a run until the next.</param>
    /// <exception cref="RecordingException">The computation cannot be recorded.</exception>
    public Recording(bool launchesGraph, Tensor[] means, Action computation)
    {
        (_computation, _means, _rules) = (computation, means, new AdamRule?[means.Length]);
        _factors = Ops.DetachFromScopes(zeros([means.Length, 2], means[0].dtype, means[0].device));
        var device = means[0].device;
        try
        {
            if (launchesGraph)
                _graph = KernelGraph.Record(device, Compute);
            else
                Compute();
        }
        catch (ExternalException e) when (launchesGraph)
        {
            throw new RecordingException(e.Message);
        }
    }

    /// <summary>Whether computations on a device can be launched as graphs.</summary>
    public static bool HasGraphs(Device device) => KernelGraph.IsAvailable(device);

    /// <summary>Whether this thread is recording.</summary>
    internal static bool IsActive => s_current is not null;

    /// <summary>Does the computation.</summary>
    /// <param name="steps">Steps of Adam before it, for each of the first moments.</param>
    public void Run(long[] steps)
    {
        using var factors = tensor(
            [.. _rules.Zip(steps).SelectMany(x => x.First is { } rule ? Factors(rule, x.Second + 1) : [0, 0])], [steps.Length, 2]);
        Ops.CopyFrom(_factors, factors);
        if (_graph is null)
            Compute();
        else
            _graph.Launch();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _graph?.Dispose();
        _factors.Dispose();
    }

    /// <summary>The factors of a step of Adam that depend on its number: − rate / (1 − β₁ᵗ) and √(1 − β₂ᵗ).</summary>
    internal static double[] Factors(AdamRule rule, long step) =>
        [-(rule.Rate / (1.0 - Math.Pow(rule.Beta1, step))), Math.Sqrt(1.0 - Math.Pow(rule.Beta2, step))];

    /// <summary>The place of these factors while this thread records, each a number; null: it does not.</summary>
    /// <exception cref="RecordingException">The moment is none of those given.</exception>
    internal static (Tensor Rate, Tensor Root)? FactorsOf(AdamRule rule, Tensor mean)
    {
        if (s_current is not { } recording)
            return null;
        var place = Array.FindIndex(recording._means, x => ReferenceEquals(x, mean));
        if (place < 0)
            throw new RecordingException("A step of Adam follows another one of the same parameters.");
        recording._rules[place] = rule;
        var factors = recording._factors.select(0, place);
        return (factors.select(0, 0), factors.select(0, 1));
    }

    /// <summary>Called before numbers are read or moved between devices.</summary>
    /// <exception cref="RecordingException">This thread is recording.</exception>
    internal static void Refuse(string operation)
    {
        if (IsActive)
            throw new RecordingException($"{operation} cannot be recorded.");
    }

    private void Compute()
    {
        s_current = this;
        try
        {
            _computation();
        }
        finally
        {
            s_current = null;
        }
    }
}
