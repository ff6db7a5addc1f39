using MtrlFunctional.Agents;
using MtrlFunctional.Algorithms;
using MtrlFunctional.Networks;

namespace MtrlFunctional.Training;

/// <summary>Creates the agent of an experiment.</summary>
internal delegate AnyAgent AgentOf(AgentSetting setting, Experiment experiment);

/// <summary>Creates the learner of an experiment's agent.</summary>
internal static class Learner
{
    /// <summary>Creates a learner that rounds no products to bfloat16, on one thread.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">The specification of the environments.</param>
    /// <param name="create">Makes the agent of an experiment.</param>
    internal static ILearner CreateExact(
        Experiment experiment, EnvironmentSpec spec, AgentOf create) => Create(
            experiment, spec, threads: 1,
            (setting, one) => create(
                new AgentSetting(
                    setting.Environment, Precision.Full, setting.Shards, setting.TaskEmbeddings), one));

    /// <summary>Creates an off-policy or on-policy learner.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="spec">The specification of the environments.</param>
    /// <param name="threads">Parts into which a batch is split on the CPU; part of the run's identity.</param>
    /// <param name="create">Makes the agent of an experiment.</param>
    /// <exception cref="MtrlException">A GPU is requested but not available.</exception>
    internal static ILearner Create(
        Experiment experiment, EnvironmentSpec spec, int threads, AgentOf create)
    {
        var options = TrainingDevice.Of(experiment.Setup);
        var workers = TrainingDevice.Workers(options, threads);
        try
        {
            return create(Setting(experiment, spec, workers), experiment) switch
            {
                AnyAgent.OffPolicy agent => new OffPolicyLearner(experiment, agent, options, workers),
                AnyAgent.OnPolicy agent => new OnPolicyLearner(experiment, agent, options, workers),
                var other => throw new ArgumentException($"{other}: no learner has this kind of agent.", nameof(create)),
            };
        }
        catch
        {
            workers?.Dispose();
            throw;
        }
    }

    private static AgentSetting Setting(Experiment experiment, EnvironmentSpec spec, DataParallel? workers) => new(
        spec, TrainingDevice.PrecisionOf(experiment.Setup),
        (IShards?)workers ?? Shards.Serial(1),
        Option(TaskEmbeddings.Of(experiment)));

    private static FSharpOption<FixedTaskRows>? Option(FixedTaskRows? rows) =>
        rows is null ? null : FSharpOption<FixedTaskRows>.Some(rows);
}
