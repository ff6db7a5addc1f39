using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>A computation that reads numbers, or moves them between devices, cannot be captured.</summary>
/// <param name="message">What it does.</param>
public sealed class CaptureException(string message) : InvalidOperationException(message);

/// <summary>
/// A computation that is done again and again on tensors in fixed places. On a GPU its kernels are captured once as a CUDA
/// graph and launched together, which takes a fraction of the time of many small kernels, each launched when its operation
/// is called.
/// </summary>
/// <remarks>Numbers that are no tensors stay those of the capture, except the steps of Adam. Not thread-safe.</remarks>
public sealed class GraphCapture
{
    [ThreadStatic]
    private static GraphCapture? s_current;

    private readonly Action _computation;
    private readonly Tensor[] _means;
    private readonly AdamRule?[] _rules;
    private readonly Tensor _factors;
    private readonly KernelGraph? _graph;

    /// <summary>Captures a computation.</summary>
    /// <param name="launchesGraph">Whether a graph is launched; else each run computes anew, on any device.</param>
    /// <param name="means">First moments of optimisers, in fixed places, not empty: those whose steps of Adam are part of
    /// the computation are recognised by them.</param>
    /// <param name="computation">Reads tensors in fixed places. With a graph, what it makes has its place for good, and is
    /// valid after a run until the next.</param>
    /// <exception cref="CaptureException">The computation cannot be captured.</exception>
    public GraphCapture(bool launchesGraph, Tensor[] means, Action computation)
    {
        (_computation, _means, _rules) = (computation, means, new AdamRule?[means.Length]);
        var device = means[0].device;
        _factors = Ops.DetachFromScopes(Ops.Full([means.Length, 2], 1.0, Ops.NumericOf(means[0]), device));
        try
        {
            if (launchesGraph)
                _graph = KernelGraph.Capture(device, Compute);
            else
                Compute();
        }
        catch (Exception e)
        {
            _factors.Dispose();
            if (e is ExternalException && launchesGraph)
                throw new CaptureException(e.Message);
            throw;
        }
    }

    /// <summary>Whether computations on a device can be launched as graphs.</summary>
    public static bool HasGraphs(Device device) => KernelGraph.IsAvailable(device);

    /// <summary>Whether this thread is capturing.</summary>
    internal static bool IsActive => s_current is not null;

    /// <summary>Does the computation.</summary>
    /// <param name="steps">Steps of Adam before it, for each of the first moments.</param>
    public void Run(long[] steps)
    {
        using var factors = Ops.FromDoubles(
            [.. _rules.Zip(steps).SelectMany(x => x.First is { } rule ? PlainAdam.Factors(rule, x.Second + 1) : [1, 1])],
            [steps.Length, 2]);
        Ops.CopyFrom(_factors, factors);
        if (_graph is null)
            Compute();
        else
            _graph.Launch();
    }

    /// <summary>The places of the factors of a step (<see cref="PlainAdam.Factors"/>), each a number, while this thread captures; null: it
    /// does not.</summary>
    /// <exception cref="CaptureException">The moment is none of those given.</exception>
    internal static (Tensor Rate, Tensor Root)? FactorsOf(AdamRule rule, Tensor mean)
    {
        if (s_current is not { } capture)
            return null;
        var place = Array.FindIndex(capture._means, x => ReferenceEquals(x, mean));
        if (place < 0)
            throw new CaptureException("A step of Adam follows another one of the same parameters.");
        capture._rules[place] = rule;
        var factors = capture._factors.select(0, place);
        return (factors.select(0, 0), factors.select(0, 1));
    }

    /// <summary>Called before numbers are read or moved between devices.</summary>
    /// <exception cref="CaptureException">This thread is capturing.</exception>
    internal static void Refuse(string operation)
    {
        if (IsActive)
            throw new CaptureException($"{operation} cannot be captured.");
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
