using MtrlFunctional.Rendering;
using MtrlFunctional.Tasks.DmControl;

namespace MtrlFunctional.Environments;

/// <summary>The tasks of DeepMind Control that an experiment names.</summary>
internal static class DmControlOfExperiment
{
    /// <summary>Its tasks, from states or from pictures.</summary>
    /// <exception cref="MtrlException">A task does not exist.</exception>
    internal static IEnvironmentFamily Family(Experiment experiment, bool evaluate)
    {
        var states = States(experiment, evaluate);
        var images = experiment.Environment.DmControl.Images;
        return Observed.IsImages(experiment)
            ? new PictureFamily(states, new FrameOptions { Height = images.Height, Width = images.Width, Stack = images.Count })
            : states;
    }

    private static DmControlFamily States(Experiment experiment, bool evaluate) => new(new DmControlFamilyOptions
    {
        Tasks = [.. (evaluate ? experiment.Environment.TestTasks : experiment.Environment.Tasks).Select(Find)],
        ActionRepeat = experiment.Environment.DmControl.ActionRepeat,
        Horizon = DmControlTaskModule.ControlSteps(
            experiment.Environment.DmControl.ActionRepeat, experiment.Environment.Horizon),
        RewardColours = experiment.Environment.DmControl.VisualizeReward,
        Sticky = experiment.Environment.DmControl.IsSticky ? experiment.Environment.DmControl.Sticky : null,
    });

    private static DmControlTask Find(string name)
    {
        var found = DmControlTasks.Find(name);
        return found.IsOk ? found.ResultValue : throw new MtrlException(found.ErrorValue);
    }
}
