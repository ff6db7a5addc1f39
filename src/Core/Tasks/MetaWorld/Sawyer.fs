namespace MtrlFunctional.Tasks

/// What the fifty tasks of the Sawyer arm have in common.
module Sawyer =
    /// The three numbers of a randomisation vector from an index on: 0 the object, 3 the goal.
    let part start (random: float[]) =
        Vec3.create random[start] random[start + 1] random[start + 2]

    /// A position that the original keeps in single precision.
    let single (x: float32) (y: float32) (z: float32) =
        Vec3.create (float x) (float y) (float z)

    /// Draw again while object and goal, seen from above, are nearer than this.
    let apart least (random: float[]) =
        not (Vec3.distanceXY (part 0 random) (part 3 random) < least)

    /// Puts the free object somewhere, at rest, without turning it.
    let putObject (p: Vec3) = [
        SetPositions(9, [ p.X; p.Y; p.Z ])
        SetVelocities(9, List.replicate 6 0.0)
        Forward
    ]

    /// One observed object: where `place` is, turned as `turn` is.
    let seen place turn s = [
        {
            Position = Snapshot.at place s
            Orientation = (Snapshot.pose turn s).Orientation
        }
    ]

    /// One observed object: an element, with its point of interest at an offset in the world.
    let seenAt offset element s =
        let pose = Snapshot.pose element s
        [ { pose with Position = pose.Position + offset } ]

    /// One observed object, whose orientation is not observed.
    let seenPoint point s = [ { Position = point s; Orientation = Orientation.none } ]

    /// A scripted action: towards a point with a gain, which also holds for distances that the
    /// environment will clip; single precision as in the original.
    let move (gain: float) (hand: Vec3) (desired: Vec3) (effort: float) : float32[] =
        let way = (desired - hand) * gain
        [| float32 way.X; float32 way.Y; float32 way.Z; float32 effort |]

    /// Straight up.
    let up metres = Vec3.create 0.0 0.0 metres

    /// A task with the bounds and habits that most share; what differs is said with `with`.
    let task name scene place start expert : MetaWorldTask =
        let low, high = Vec3.create -0.5 0.4 0.05, Vec3.create 0.5 1.0 0.5

        {
            Name = name
            Words = Words.none
            Scene = scene
            HandInit = Vec3.create 0.0 0.6 0.2
            HandLow = low
            HandHigh = high
            RandomLow = [||]
            RandomHigh = [||]
            GoalLow = low
            GoalHigh = high
            Watch = []
            Joints = []
            Graspable = None
            Accepts = fun _ -> true
            SettlesAlike = true
            Objects = fun _ -> []
            Place = place
            Begin = start
            Expert = expert
        }
