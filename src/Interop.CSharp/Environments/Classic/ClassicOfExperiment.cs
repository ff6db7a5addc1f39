using MtrlFunctional.Tasks.Classic;

namespace MtrlFunctional.Environments;

/// <summary>The classic family that an experiment names.</summary>
internal static class ClassicOfExperiment
{
    /// <summary>Its task states, drawn by <c>env.task_seed</c>: instances of one task, or a task each.</summary>
    internal static IEnvironmentFamily Family(Experiment experiment, bool evaluate) =>
        Read(experiment, new FamilyOfRules(experiment, (_, sets) => evaluate ? sets.Test : sets.Train));

    /// <summary>Task states that the training of the only task does not have; outside its box, if it has one. The seed is
    /// <c>env.task_seed</c>; of a box, that of the evaluation's task states.</summary>
    /// <exception cref="ArgumentException">A finite family has fewer.</exception>
    internal static IEnvironmentFamily UnseenFamily(Experiment experiment, uint seed, int count) =>
        Read(experiment, new FamilyOfRules(experiment, (others, sets) => others(sets.Train, seed, count)));

    private static IEnvironmentFamily Read(Experiment experiment, FamilyOfRules reader) => Classic.Read(
        experiment.Choices.Env.Family.TaskStates!.Value, experiment.Environment.Classic.Parameters, reader);

    /// <summary>Task states that are none of those given, by a seed and their number.</summary>
    private delegate double[][] Others(double[][] trained, long seed, int count);

    private sealed class FamilyOfRules(Experiment experiment, Func<Others, TaskSets, double[][]> choose)
        : IRulesReader<IEnvironmentFamily>
    {
        public IEnvironmentFamily Read<TTask, TState>(Rules<TTask, TState> rules)
            where TState : struct
        {
            var keys = experiment.Environment;
            var classic = keys.Classic;
            var sets = TaskSetsModule.Draw(
                rules, classic.TrainBox, classic.TaskSeed, classic.TaskStates, classic.TestTaskStates);
            return new ClassicFamily<TTask, TState>(rules, new ClassicFamilyOptions
            {
                Name = Classic.TaskNames(experiment.Choices.Env.Family.TaskStates!.Value, 1)[0],
                TaskStates = choose(
                    (trained, seed, count) => TaskSetsModule.Others(rules, classic.TrainBox, trained, seed, count), sets),
                Identified = keys.NumEnvs > 1,
                TaskVisible = classic.TaskVisible,
                Horizon = keys.Horizon,
            });
        }
    }
}
