using MtrlFunctional.Tasks.MetaWorld;

namespace MtrlFunctional.Tests.Replay;

/// <summary>Examples of observations with stacked frames: of Meta-World, with a tail, and pictures.</summary>
internal static class ReplayLayouts
{
    internal const int PictureHeight = 6;

    internal const int PictureWidth = 5;

    /// <summary>Two frames and the goal.</summary>
    internal static ObservationSpace MetaWorld { get; } = MetaWorldSpaces.Spec(MetaWorldSpaces.Horizon).Observation;

    /// <summary>Three pictures of three colours.</summary>
    internal static ObservationSpace Pictures { get; } = PicturesOf(PictureHeight, PictureWidth);

    internal static ReplayShape Shape(ObservationSpace layout, int capacity = 40, int episode = 10, int tasks = 3) => new()
    {
        Tasks = tasks,
        Spec = Spec(layout, actions: 2, episode),
        CapacityPerTask = capacity,
    };

    /// <summary>Frames of numbers, and a tail.</summary>
    internal static ObservationSpace Frames(int frame, int stack = 1, int tail = 0, ElementType? element = null) =>
        new(ListModule.OfSeq([(frame * stack) + tail]), element ?? ElementType.Float32, stack, tail);

    internal static EnvironmentSpec Spec(ObservationSpace layout, int actions, int horizon = 10) =>
        new(layout, ActionSpace.NewBox(actions), horizon, terminates: false);

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
        Spec = Spec(Frames(45), 4),
        Own = [Spec(MetaWorld, 4), Spec(Frames(5), 1), Spec(Frames(45), 2)],
        CapacityPerTask = 40,
    };

    /// <summary>Observations of three pictures.</summary>
    internal static ObservationSpace PicturesOf(int height, int width) =>
        new(ListModule.OfSeq([9, height, width]), ElementType.UInt8, frames: 3, tail: 0);
}
