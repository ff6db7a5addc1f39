namespace MtrlFunctional.Training;

/// <summary>Creates the environment family of an experiment, for training or evaluation.</summary>
internal delegate IEnvironmentFamily FamilyOf(Experiment experiment, bool evaluate);

/// <summary>Creates the environments of an experiment.</summary>
internal static class ExperimentEnvironments
{
    /// <summary>Purpose of environments for evaluation; in meta-learning, the test split.</summary>
    internal const string Evaluate = "evaluate";

    /// <summary>The family of the library that an experiment names.</summary>
    internal static FamilyOf OfLibrary { get; } = (experiment, evaluate) => experiment.Choices.Env.Family switch
    {
        { TaskStates: not null } => ClassicOfExperiment.Family(experiment, evaluate),
        { HasImages: true } => DmControlOfExperiment.Family(experiment, evaluate),
        { Joins: true } => Joined(experiment, evaluate),
        _ => MetaWorldOfExperiment.Family(experiment, evaluate),
    };

    private static MixedFamily Joined(Experiment experiment, bool evaluate) =>
        Joined(experiment, part => OfLibrary(part, evaluate));

    /// <summary>The families of a mixed experiment as one.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="familyOf">The family of a part whose tasks are of one.</param>
    internal static MixedFamily Joined(Experiment experiment, Func<Experiment, IEnvironmentFamily> familyOf) =>
        new([.. MixedTasks.Parts(experiment).Select(familyOf)], [.. experiment.Environment.Tasks]);

    /// <summary>
    /// The family of an experiment: in trials for an agent with a memory, whose training episodes may be shorter; with
    /// a history for an agent that computes a context.
    /// </summary>
    private static IEnvironmentFamily Of(Experiment experiment, bool evaluate, FamilyOf families)
    {
        var family = families(experiment, evaluate);
        if (OptionModule.ToObj(AgentMemory.TryTrial(experiment.Agent)) is { } trial)
            return new TrialFamily(
                family, trial, evaluate ? null : AgentMemory.EpisodeLength(experiment.Agent), AgentMemory.CountsEach(experiment.Agent));
        return OptionModule.ToObj(AgentMemory.TryHistory(experiment.Agent)) is { } history
            ? new HistoryFamily(family, history)
            : family;
    }

    /// <summary>Environments of each task.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="purpose">"train" or <see cref="Evaluate"/>: separates the instances that are drawn.</param>
    /// <param name="threads">Threads for stepping; results do not depend on it.</param>
    /// <param name="families">Makes the family.</param>
    /// <param name="copies">Copies of each task, ordered copy by copy (all tasks of the first copy first).</param>
    /// <exception cref="MtrlException">A task does not exist.</exception>
    internal static VectorEnvironment Create(
        Experiment experiment, string purpose, int threads, FamilyOf families, int copies = 1)
    {
        var family = Of(experiment, purpose == Evaluate, families);
        return new VectorEnvironment(family, new VectorEnvironmentOptions
        {
            Slots = [.. Enumerable.Repeat(Slots(experiment, family), copies).SelectMany(slots => slots)],
            Threads = threads,
            Seed = experiment.Setup.SeedRef,
            Purpose = purpose,
        });
    }

    /// <summary>The environment of one evaluated task.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="task">Its place among the tasks.</param>
    /// <param name="families">Makes the family.</param>
    /// <exception cref="MtrlException">The task does not exist.</exception>
    internal static VectorEnvironment CreateOne(Experiment experiment, int task, FamilyOf families)
    {
        var family = Of(experiment, evaluate: true, families);
        return new VectorEnvironment(family, new VectorEnvironmentOptions
        {
            Slots = [Slots(experiment, family)[task]],
            Seed = experiment.Setup.SeedRef,
            Purpose = Evaluate,
        });
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
