using MtrlFunctional.Experiments;
using MtrlFunctional.Randomness;
using MtrlFunctional.Environments;

namespace MtrlFunctional.Training;

/// <summary>Makes the family of an experiment: the tasks to train in, or those to evaluate in.</summary>
internal delegate IEnvironmentFamily FamilyOf(Experiment experiment, bool evaluate);

/// <summary>The environments that an experiment asks for.</summary>
internal static class ExperimentEnvironments
{
    /// <summary>Purpose of environments for evaluation; in meta-learning it stands for the test part.</summary>
    internal const string Evaluate = "evaluate";

    /// <summary>The families that experiments can name, a line each.</summary>
    internal static FamilyOf Families { get; } = MetaWorldOfExperiment.Family;

    /// <summary>Environments of each task.</summary>
    /// <param name="experiment">A resolved experiment.</param>
    /// <param name="purpose">"train" or <see cref="Evaluate"/>: separates the instances that are drawn.</param>
    /// <param name="threads">That step them; results do not depend on it.</param>
    /// <param name="copies">Of each task; all tasks once, then all once more.</param>
    /// <param name="families">Makes the family; null: <see cref="Families"/>.</param>
    /// <exception cref="MtrlException">A task that is not here.</exception>
    internal static VectorEnvironment Create(
        Experiment experiment, string purpose, int threads, int copies = 1, FamilyOf? families = null)
    {
        var family = (families ?? Families)(experiment, purpose == Evaluate);
        return new VectorEnvironment(family, new VectorEnvironmentOptions
        {
            Slots = [.. Enumerable.Repeat(Slots(experiment, family), copies).SelectMany(slots => slots)],
            Threads = threads,
            Seed = experiment.Setup.SeedRef,
            Purpose = purpose,
        });
    }

    /// <summary>Where the goal of a task stays fixed, one is chosen for the whole run.</summary>
    private static EnvironmentSlot[] Slots(Experiment experiment, IEnvironmentFamily family)
    {
        var choice = KeyModule.ForPurpose("goal", KeyModule.OfSeed(experiment.Setup.SeedRef));
        int? Fixed(int task) => experiment.Environment.GoalSelection.IsFixed
            ? KeyModule.Below(family.Tasks[task].Instances, KeyModule.At(task, choice))
            : null;
        return [.. family.Tasks.Select((_, task) => new EnvironmentSlot(task, Fixed(task)))];
    }
}
