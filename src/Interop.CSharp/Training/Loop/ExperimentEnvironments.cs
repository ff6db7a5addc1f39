namespace MtrlFunctional.Training;

/// <summary>Creates the environments of an experiment.</summary>
internal static class ExperimentEnvironments
{
    /// <summary>The family of the library that an experiment names, for training or evaluation.</summary>
    internal static IEnvironmentFamily OfLibrary(Experiment experiment, bool evaluate) => experiment.Choices.Env.Family switch
    {
        { TaskStates: not null } => ClassicOfExperiment.Family(experiment, evaluate),
        { HasImages: true } => DmControlOfExperiment.Family(experiment, evaluate),
        { Joins: true } => Joined(experiment, part => OfLibrary(part, evaluate)),
        _ => MetaWorldOfExperiment.Family(experiment, evaluate),
    };

    /// <summary>The families of a mixed experiment as one, by the family of a part whose tasks are of one.</summary>
    internal static MixedFamily Joined(Experiment experiment, Func<Experiment, IEnvironmentFamily> familyOf) =>
        new([.. MixedTasks.Parts(experiment).Select(familyOf)], [.. experiment.Environment.Tasks]);

    /// <summary>Environments of each task of an experiment.</summary>
    /// <inheritdoc cref="Create(Experiment, bool, int, IEnvironmentFamily, int, int?)"/>
    internal static VectorEnvironment Create(Experiment experiment, bool evaluate, int threads, Extensions extensions) =>
        Create(experiment, evaluate, threads, extensions.Family(experiment, evaluate));

    /// <summary>Environments of a family.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="evaluate">For evaluation, in meta-learning of the test split; else for training. They draw other instances.</param>
    /// <param name="threads">Threads for stepping; results do not depend on it.</param>
    /// <param name="family">Disposed with the environments.</param>
    /// <param name="copies">Copies of each task, ordered copy by copy (all tasks of the first copy first).</param>
    /// <param name="task">Place of the only task; null: all tasks.</param>
    /// <exception cref="MtrlException">A task does not exist.</exception>
    internal static VectorEnvironment Create(
        Experiment experiment, bool evaluate, int threads, IEnvironmentFamily family, int copies = 1, int? task = null)
    {
        family = WithMemory(experiment, evaluate, family);
        var slots = Slots(experiment, family);
        return new VectorEnvironment(family, new VectorEnvironmentOptions
        {
            Slots = task is { } only ? [slots[only]] : [.. Enumerable.Repeat(slots, copies).SelectMany(copy => copy)],
            Threads = threads,
            Seed = experiment.Setup.SeedRef,
            Purpose = evaluate ? "evaluate" : "train",
        });
    }

    /// <summary>A family in trials for an agent with a memory, whose training episodes may be shorter; with a history for an agent
    /// that computes a context.</summary>
    private static IEnvironmentFamily WithMemory(Experiment experiment, bool evaluate, IEnvironmentFamily family)
    {
        if (OptionModule.ToObj(AgentMemory.TryTrial(experiment.Agent)) is { } trial)
            return WrappedFamily.Trials(
                family, trial, evaluate ? null : AgentMemory.EpisodeLength(experiment.Agent), AgentMemory.CountsEach(experiment.Agent));
        return OptionModule.ToObj(AgentMemory.TryHistory(experiment.Agent)) is { } history
            ? WrappedFamily.Histories(family, history)
            : family;
    }

    /// <summary>With fixed goal selection, one goal per task is drawn for the whole run.</summary>
    private static EnvironmentSlot[] Slots(Experiment experiment, IEnvironmentFamily family)
    {
        var choice = KeyModule.ForPurpose("goal", KeyModule.OfSeed(experiment.Setup.SeedRef));
        int? Fixed(int task) => experiment.Environment.GoalSelection.IsFixed
            ? KeyModule.Below(family.Tasks[task].Instances, KeyModule.At(task, choice))
            : null;
        return [.. family.Tasks.Select((_, task) => new EnvironmentSlot(task, Fixed(task)))];
    }
}
