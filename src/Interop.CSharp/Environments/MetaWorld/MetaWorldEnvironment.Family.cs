using MtrlFunctional.Rendering;

namespace MtrlFunctional.Environments;

/// <summary>The interfaces by which learners and samplers use Meta-World's environment.</summary>
public sealed partial class MetaWorldEnvironment
{
    /// <inheritdoc/>
    public string Scene => Task.Scene;

    double IRenderable.StepSeconds => EpisodePreparation.Substeps * World.Model.TimeStep;

    Camera IRenderable.Overview => Camera.Overview;

    Camera IRenderable.Close => Camera.Close;

    double IEnvironment.Reward => Outcome.Reward;

    bool? IEnvironment.Success => Outcome.Success;

    /// <inheritdoc/>
    public void ExpertAction(Span<float> action)
    {
        if (action.Length != ActionSize)
            throw new ArgumentException($"An action of {Task.Name} has {ActionSize} numbers, there is room for {action.Length}.");
        _ = Prepared; // Before the first reset there is nothing to act on.
        var observation = Observation;
        if (!GoalVisible)
        {
            var goal = Target;
            observation = [.. observation.AsSpan(0, ObservationSize - 3), goal.X, goal.Y, goal.Z];
        }

        Task.Expert.Invoke(observation).CopyTo(action);
    }

    /// <summary>Starts an episode with one of the given goals. Nothing else is random: the key is unused.</summary>
    void IEnvironment.Reset(int instance, Key key) => Reset(_goals[instance]);

    void IEnvironment.Observe(Span<float> observation)
    {
        var from = Observation;
        for (var k = 0; k < from.Length; k++)
            observation[k] = (float)from[k];
    }

    /// <summary>The same motion as a step; nothing is observed, rewarded or counted. Reset or load afterwards.</summary>
    /// <param name="action">Shape [4].</param>
    public void Simulate(ReadOnlySpan<float> action)
    {
        Command(action);
        Act();
    }

    EpisodeState IEnvironment.Save() => new(Steps, Status, new Dictionary<string, double[]>
    {
        ["randomisation"] = [.. Prepared.Random],
        ["world"] = _world.SaveState(),
        ["frame"] = [.. _frame],
        ["observation"] = [.. Observation],
        ["first_observation"] = [.. _firstObservation],
    });

    void IEnvironment.Load(EpisodeState state)
    {
        var (random, world) = (state.Read("randomisation", Task.RandomLow.Length), state.Read("world", _world.StateSize));
        var (frame, observation) = (state.Read("frame", FrameSize), state.Read("observation", ObservationSize));
        var firstObservation = state.Read("first_observation", ObservationSize);

        // The state fixed by the reset follows from the randomisation vector.
        Reset(random);
        _world.LoadState(world);
        _world.MocapPositions[..3].CopyTo(_pose);
        _untouched = false;
        (_frame, Observation, _firstObservation) = (frame, observation, firstObservation);
        (Steps, Status) = (state.Steps, state.Status);
    }
}
