namespace MtrlFunctional.Tasks

/// Shared definitions of the fifty tasks of the Sawyer arm.
module internal Sawyer =
    /// Three consecutive numbers of a randomisation vector: index 0 the object, 3 the goal.
    let part start (random: float[]) =
        Vec3.create random[start] random[start + 1] random[start + 2]

    /// A position stored in single precision in the original.
    let single (x: float32) (y: float32) (z: float32) =
        Vec3.create (float x) (float y) (float z)

    /// Accepts a vector if the horizontal distance of object and goal is at least `least`.
    let apart least (random: float[]) =
        not (Vec3.distanceXY (part 0 random) (part 3 random) < least)

    /// Places the free object at a position, at rest, with unchanged orientation.
    let putObject (p: Vec3) = [
        SetPositions(9, [ p.X; p.Y; p.Z ])
        SetVelocities(9, List.replicate 6 0.0)
        Forward
    ]

    /// Places object and goal where the randomisation vector has them.
    let putObjectAndGoal random (_: Snapshot) = [
        yield! putObject (part 0 random)
        PlaceSite("goal", part 3 random)
    ]

    /// One observed object: position of element `place`, orientation of element `turn`.
    let observed place turn s = [
        {
            Position = Snapshot.at place s
            Orientation = (Snapshot.pose turn s).Orientation
        }
    ]

    /// One observed object: the pose of an element, displaced by an offset in world coordinates.
    let observedAt offset element s =
        let pose = Snapshot.pose element s
        [ { pose with Position = pose.Position + offset } ]

    /// One observed object, whose orientation is not observed.
    let observedPoint point s = [ { Position = point s; Orientation = Orientation.none } ]

    /// Proportional action towards a point, not clipped; single precision as in the original.
    let move (gain: float) (hand: Vec3) (desired: Vec3) (effort: float) : float32[] =
        let way = (desired - hand) * gain
        [| float32 way.X; float32 way.Y; float32 way.Z; float32 effort |]

    /// Straight up.
    let up metres = Vec3.create 0.0 0.0 metres

    /// Where a hand goes to fetch an object: while it is further aside than `aside`, to `over` metres over the object; while
    /// it is further in height than `height`, to `lift` metres over it; then to `next`.
    let fetch (hand: Vec3) (object: Vec3) (aside, over) (height, lift) next =
        if Vec3.distanceXY hand object > aside then object + up over
        elif abs (hand.Z - object.Z) > height then object + up lift
        else next

    /// `open'` while a hand is further aside from an object than `aside`, or further in height than `height`; then `closed`.
    let effort (hand: Vec3) (object: Vec3) (aside, height) (open', closed) : float =
        if Vec3.distanceXY hand object > aside || abs (hand.Z - object.Z) > height then
            open'
        else
            closed

    /// A task with the common defaults; override fields by a `with` expression.
    let task name scene place start expert : MetaWorldTask =
        let low, high = Workspace.bounds

        {
            Name = name
            Objective = ""
            Scene = scene
            HandInit = Vec3.create 0.0 0.6 0.2
            HandLow = low
            HandHigh = high
            RandomLow = [||]
            RandomHigh = [||]
            GoalBounds = None
            Watch = []
            Joints = []
            Graspable = None
            Accepts = fun _ -> true
            SettledStateIsShared = true
            Objects = fun _ -> []
            Place = place
            Begin = start
            Expert = expert
        }
