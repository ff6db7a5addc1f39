using Microsoft.FSharp.Core;
using Mtrl.Tasks;
using MtrlFunctional.Physics;
using MetaWorldTask = Mtrl.Tasks.Task;

namespace MtrlFunctional.Environments;

/// <summary>
/// Carries out the reset of Meta-World. The original prepares the world twice: on top of what was,
/// then, after resetting the simulator's data, once more; edits of the model survive from the first
/// to the second time, so that the hand settles with the objects already at their places.
/// </summary>
/// <remarks>
/// Here the outcome is a function of task and randomisation vector: it starts from the model as it
/// was loaded. The first preparation is only done as far as it matters, its edits of the model.
/// </remarks>
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
    private readonly Lazy<Snapshot> _firstSettled;

    internal EpisodePreparation(MetaWorldTask task, World world, SceneReader reader)
    {
        (_task, _world, _reader) = (task, world, reader);
        _bodies = world.Model.Doubles("body_pos").ToArray();
        _sites = world.Model.Doubles("site_pos").ToArray();
        _handPose = Pose(task.HandInit);
        _firstSettled = new Lazy<Snapshot>(SettleFromStart);
    }

    /// <summary>A pose of the mocap body that leads the hand: its quaternion is fixed, and not normalised.</summary>
    internal static double[] Pose(Vec3 position) => [position.X, position.Y, position.Z, 1, 0, 1, 0];

    /// <summary>Leaves the world prepared, and says how.</summary>
    internal PreparedEpisode Prepare(double[] random)
    {
        // Computed before anything is edited.
        var first = Place(random, _firstSettled.Value);
        RestoreModel();
        var modelEdits = first.Where(IsModelEdit).ToList();
        foreach (var edit in modelEdits)
            Apply(edit);

        _world.Reset();
        var settled = Settle();
        foreach (var edit in Place(random, settled))
        {
            Apply(edit);
            if (IsModelEdit(edit))
                modelEdits.Add(edit);
        }

        var placed = _reader.Read(_world);
        var state = new double[_world.StateSize];
        _world.SaveState(state);
        var episode = FSharpFunc<double[], Snapshot>.InvokeFast(_task.Begin, random, settled, placed);
        return new PreparedEpisode(
            random, [.. modelEdits], state, placed, Observation.frame(_task, placed), episode);
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

    private Snapshot SettleFromStart()
    {
        RestoreModel();
        _world.Reset();
        return Settle();
    }

    private Snapshot Settle()
    {
        if (_world.Drive(0, _handPose, _open, Substeps, SettlingActions) == StepOutcome.Unstable)
            throw new PhysicsException($"{_task.Name}: the simulation is unstable while the hand settles.");
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
