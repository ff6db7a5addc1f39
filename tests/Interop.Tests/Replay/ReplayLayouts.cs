using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Tests.Replay;

/// <summary>Examples of observations with stacked frames: of Meta-World, with a tail, and pictures.</summary>
internal static class ReplayLayouts
{
    internal const int PictureHeight = 6;

    internal const int PictureWidth = 5;

    /// <summary>Two frames and the goal.</summary>
    internal static ObservationLayout MetaWorld { get; } = ObservationLayout.Of(MetaWorldSpaces.Spec(MetaWorldSpaces.Horizon));

    /// <summary>Three pictures of three colours.</summary>
    internal static ObservationLayout Pictures { get; } = ObservationLayout.Of(PicturesOf(PictureHeight, PictureWidth));

    internal static ReplayShape Shape(ObservationLayout layout, int capacity = 40, int episode = 10, int tasks = 3) => new()
    {
        Tasks = tasks,
        Observation = layout,
        ActionWidth = 2,
        CapacityPerTask = capacity,
        EpisodeLength = episode,
    };

    internal static Checkpoint Save(Checkpoints home, long step, TaskReplay replay, Checkpoint? previous)
    {
        var info = new CheckpointInfo { Step = step, Configuration = "", ProcessorModel = "", Threads = 1, Precision = "fp32" };
        using var writer = home.Begin(info, ReplayStore.BytesToSave(replay, previous));
        ReplayStore.Save(replay, writer, previous);
        return writer.Commit();
    }

    /// <summary>Rows of a task of Meta-World, of one of five numbers, and of one as wide as a batch.</summary>
    internal static ReplayShape DifferentRows { get; } = new()
    {
        Tasks = 3,
        Observation = ObservationLayout.Plain(45),
        ActionWidth = 4,
        Own = [new(MetaWorld, 4), new(ObservationLayout.Plain(5), 1), new(ObservationLayout.Plain(45), 2)],
        CapacityPerTask = 40,
        EpisodeLength = 10,
    };

    /// <summary>Observations of three pictures.</summary>
    internal static EnvironmentSpec PicturesOf(int height, int width) => new(
        new ObservationSpace(ListModule.OfSeq([9, height, width]), ElementType.UInt8, frames: 3, tail: 0),
        ActionSpace.NewBox(2),
        horizon: 500,
        terminates: false);
}
