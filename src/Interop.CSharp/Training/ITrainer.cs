using MtrlFunctional.Environments;
using MtrlFunctional.Storage;

namespace MtrlFunctional.Training;

/// <summary>How a run learns between two boundaries: step by step with a replay, or iteration by iteration.</summary>
/// <remarks>Whoever makes it disposes it. One thread at a time.</remarks>
internal interface ITrainer : IDisposable
{
    /// <summary>Threads of the update and of the environments; part of the run's identity.</summary>
    int Threads { get; }

    /// <summary>Names of the tasks, in order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>What learns.</summary>
    ILearner Learner { get; }

    /// <summary>One environment a task, to evaluate in; null where training itself is evaluated.</summary>
    VectorEnvironment? EvaluationEnvironments { get; }

    /// <summary>Nothing is learned yet, because too little was seen.</summary>
    bool IsWarmingUp { get; }

    /// <summary>Steps of each task since the last boundary that do not count yet.</summary>
    long StepsUnderway { get; }

    /// <summary>The newest measurement of each kind, by name.</summary>
    IReadOnlyDictionary<string, double> Losses();

    /// <summary>Starts an episode in every environment.</summary>
    void Begin();

    /// <summary>Goes on: by a step in every task, or by a whole iteration.</summary>
    /// <param name="pulse">Called now and then, that somebody may look.</param>
    /// <param name="stop">Ends an iteration early, without a trace.</param>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="MtrlException">A loss diverged.</exception>
    void Advance(Action pulse, CancellationToken stop);

    /// <summary>Evaluates training itself, as the original programs do.</summary>
    /// <exception cref="OperationCanceledException">Stopped; it leaves no trace.</exception>
    EvaluationProgress EvaluateInTraining(long step, CancellationToken stop);

    /// <summary>Bytes that <see cref="Save"/> will write, about.</summary>
    long BytesToSave(Checkpoint? earlier);

    /// <summary>Writes all but the learner and the counters of the loop.</summary>
    void Save(CheckpointWriter writer, Checkpoint? earlier);

    /// <summary>Takes over what <see cref="Save"/> wrote. The counters and the learner are there already.</summary>
    void Load(Checkpoint checkpoint);
}
