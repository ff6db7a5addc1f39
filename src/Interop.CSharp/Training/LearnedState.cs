using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using Mtrl.Algorithms;
using Mtrl.Tensors;
using MtrlFunctional.Tensors;
using static TorchSharp.torch;

namespace MtrlFunctional.Training;

/// <summary>What every learner does with its state: hold it, move it on, name it, take over a saved one.</summary>
/// <typeparam name="TState">A state of an algorithm.</typeparam>
/// <param name="place">Where its tensors are.</param>
/// <param name="owns">The tensors of a state; parts that two states share are the same objects.</param>
/// <param name="named">The tensors of a state by name.</param>
/// <param name="ofNamed">The state that was named, or what is wrong with the names.</param>
/// <param name="first">The state before the first update.</param>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal sealed class LearnedState<TState>(
    Place place,
    Func<TState, IEnumerable<Tensor>> owns,
    Func<TState, FSharpList<Tuple<string, Tensor>>> named,
    Func<FSharpFunc<string, FSharpOption<Tensor>?>, FSharpResult<TState, FSharpList<string>>> ofNamed,
    TState first) : IDisposable
{
    private readonly HeldState<TState> _held = new(owns, first);

    /// <summary>The newest state.</summary>
    internal TState Value => _held.Value;

    /// <summary>Updates done.</summary>
    internal long Updates { get; private set; }

    /// <summary>Goes on to the next state.</summary>
    /// <param name="outcome">That state, and what was measured on the way.</param>
    /// <param name="when">Which update it was, as in "iteration 12".</param>
    /// <returns>What was measured.</returns>
    /// <exception cref="MtrlException">A loss is no longer a sensible number; the state is the old one.</exception>
    internal Reading[] Advance(Tuple<TState, FSharpList<Metric>> outcome, string when)
    {
        var (next, metrics) = outcome;
        var readings = MetricsModule.read(metrics);
        if (MetricsModule.diverged(readings) is { } loss)
            throw new MtrlException(
                $"{when}: {loss.Value.Metric} is {loss.Value.Number:G4}; training stopped. "
                + "Lower the learning rates (agent.optimizers.*) or check the rewards.", ExitCode.Stopped);

        _held.Replace(next);
        Updates++;
        return readings;
    }

    /// <inheritdoc cref="ILearner.Named"/>
    internal FSharpList<Tuple<string, Tensor>> Named() => named(Value);

    /// <inheritdoc cref="ILearner.Restore"/>
    internal IReadOnlyList<string> Restore(FSharpFunc<string, FSharpOption<Tensor>?> find, long updates)
    {
        var state = ofNamed(find);
        if (state.IsError)
            return [.. state.ErrorValue];
        _held.Replace(state.ResultValue);
        Updates = updates;
        return [];
    }

    /// <summary>A tensor where the state is, in its element type.</summary>
    internal Tensor Placed(Tensor x) => PlaceModule.Put(place, x);

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();
}
