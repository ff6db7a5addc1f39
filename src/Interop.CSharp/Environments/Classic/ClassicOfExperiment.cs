using MtrlFunctional.Experiments;
using MtrlFunctional.Tasks.Classic;

namespace MtrlFunctional.Environments;

/// <summary>The classic family that an experiment names.</summary>
internal static class ClassicOfExperiment
{
    /// <summary>Its task states, drawn by <c>env.task_seed</c>: instances of one task, or a task each.</summary>
    /// <param name="experiment">A resolved experiment of a classic family.</param>
    /// <param name="evaluate">Whether to use the task states of the evaluation.</param>
    internal static IEnvironmentFamily Family(Experiment experiment, bool evaluate)
    {
        var family = ((EnvChoice.Classic)experiment.Choices.Env).family;
        return Classic.Read(
            family,
            experiment.Environment.Classic.Parameters,
            new FamilyOfRules(Classic.TaskNames(family, 1)[0], experiment.Environment, evaluate));
    }

    private sealed class FamilyOfRules(string name, EnvironmentKeys keys, bool evaluate) : IRulesReader<IEnvironmentFamily>
    {
        public IEnvironmentFamily Read<TTask, TState>(Rules<TTask, TState> rules)
            where TState : struct
        {
            var classic = keys.Classic;
            var states = TaskSetsModule.Draw(rules, classic.TaskSeed, classic.TaskStates, classic.TestTaskStates);
            return new ClassicFamily<TTask, TState>(rules, new ClassicFamilyOptions
            {
                Name = name,
                TaskStates = evaluate ? states.Test : states.Train,
                Identified = keys.NumEnvs > 1,
                TaskVisible = classic.TaskVisible,
                Horizon = keys.Horizon,
            });
        }
    }
}
