using MtrlFunctional.Tasks;

namespace MtrlFunctional.Environments;

/// <summary>Carries out the reset of Meta-World. The original prepares the world twice: from the current state, then, after
/// resetting the simulator's data, once more; edits of the model survive from the first to the second time, so that the hand
/// settles with the objects already at their places.</summary>
/// <remarks>Here the outcome is a function of task and randomisation vector: it starts from the model as it was loaded. The first
/// preparation is only done as far as it matters, its edits of the model.</remarks>
internal sealed class EpisodePreparation
{
    /// <summary>Physics steps an action: 5 of 2.5 ms.</summary>
    internal const int Substeps = 5;

    private const int SettlingActions = 50;

    // The gripper opens while the hand settles.
    private static readonly double[] _open = [-1, 1];

    private readonly MetaWorldTask _task;
    private readonly World _world;
    private readonly SceneReader _reader;
    private readonly double[] _bodies;
    private readonly double[] _sites;
    private readonly double[] _handPose;
    private readonly PreparedEpisodes _shared;

    internal EpisodePreparation(MetaWorldTask task, World world, SceneReader reader, PreparedEpisodes shared)
    {
        (_task, _world, _reader, _shared) = (task, world, reader, shared);
        _bodies = world.Model.Doubles("body_pos").ToArray();
        _sites = world.Model.Doubles("site_pos").ToArray();
        _handPose = Pose(task.HandInit);
    }

    /// <summary>A pose of the mocap body that leads the hand: its quaternion is fixed, and not normalised.</summary>
    internal static double[] Pose(Vec3 position) => [position.X, position.Y, position.Z, 1, 0, 1, 0];

    internal PreparedEpisode Prepare(double[] random) => Prepare(random, _task.SettledStateIsShared);

    /// <summary>Prepares without the cache: the hand settles for this goal, in every task.</summary>
    internal PreparedEpisode PrepareThoroughly(double[] random) => Prepare(random, settlesAlike: false);

    private PreparedEpisode Prepare(double[] random, bool settlesAlike)
    {
        var initial = _shared.Settled(_task, SettleFromStart);
        // Computed before anything is edited.
        var first = Place(random, initial.Seen);
        RestoreModel();
        var modelEdits = first.Where(IsModelEdit).ToList();
        foreach (var edit in modelEdits)
            Apply(edit);

        if (settlesAlike)
        {
            _world.LoadState(initial.Before);
        }
        else
        {
            _world.Reset();
            SettleUntilLast();
        }

        var settled = SettleLast();
        foreach (var edit in Place(random, settled))
        {
            Apply(edit);
            if (IsModelEdit(edit))
                modelEdits.Add(edit);
        }

        var placed = _reader.Read(_world);
        var state = _world.SaveState();
        var episode = FSharpFunc<double[], Snapshot>.InvokeFast(_task.Begin, random, settled, placed);
        return new PreparedEpisode(
            random, [.. modelEdits], state, placed, Observation.Frame(_task, placed), episode);
    }

    /// <summary>Brings the world to where a preparation left it, without simulating.</summary>
    internal void Repeat(PreparedEpisode prepared)
    {
        RestoreModel();
        foreach (var edit in prepared.ModelEdits)
            Apply(edit);
        _world.LoadState(prepared.State);
    }

    private Microsoft.FSharp.Collections.FSharpList<Edit> Place(double[] random, Snapshot settled) =>
        FSharpFunc<double[], Snapshot>.InvokeFast(_task.Place, random, settled);

    private SettledHand SettleFromStart()
    {
        RestoreModel();
        _world.Reset();
        SettleUntilLast();
        return new SettledHand(_world.SaveState(), SettleLast());
    }

    private void SettleUntilLast()
    {
        CheckStable(_world.Drive(0, _handPose, _open, Substeps, SettlingActions - 1));
        CheckStable(_world.Drive(0, _handPose, _open, Substeps - 1, 1));
    }

    /// <summary>The last physics step of settling. It runs for every goal: the snapshot of the settled hand has the positions
    /// that this step computes, positions of moved bodies and sites included.</summary>
    private Snapshot SettleLast()
    {
        CheckStable(_world.Advance(1));
        return _reader.Read(_world);
    }

    private void RestoreModel()
    {
        _bodies.CopyTo(_world.Model.Doubles("body_pos"));
        _sites.CopyTo(_world.Model.Doubles("site_pos"));
    }

    private static bool IsModelEdit(Edit edit) => edit.IsPlaceBody || edit.IsPlaceSite;

    private void Apply(Edit edit)
    {
        var model = _world.Model;
        switch (edit)
        {
            case Edit.PlaceBody e:
                Write(e.position, model.BodyPosition(model.Id(ElementKind.Body, e.body)));
                break;
            case Edit.PlaceSite e:
                Write(e.position, model.SitePosition(model.Id(ElementKind.Site, e.site)));
                break;
            case Edit.SetPositions e:
                e.values.ToArray().CopyTo(_world.Positions[e.start..]);
                break;
            case Edit.SetVelocities e:
                e.values.ToArray().CopyTo(_world.Velocities[e.start..]);
                break;
            case Edit.SetJoint e:
                _world.Positions[model.Ints("jnt_qposadr")[model.Id(ElementKind.Joint, e.joint)]] = e.position;
                break;
            case Edit.SetJointVelocity e:
                _world.Velocities[model.Ints("jnt_dofadr")[model.Id(ElementKind.Joint, e.joint)]] = e.velocity;
                break;
            case Edit.Advance e:
                CheckStable(_world.Advance(e.substeps));
                break;
            default:
                CheckStable(_world.Forward());
                break;
        }
    }

    private void CheckStable(StepOutcome outcome)
    {
        if (outcome == StepOutcome.Unstable)
            throw new PhysicsException($"{_task.Name}: the simulation is unstable while an episode is prepared.");
    }

    private static void Write(Vec3 from, Span<double> to) => (to[0], to[1], to[2]) = (from.X, from.Y, from.Z);
}
