namespace MtrlFunctional.Tasks

/// Four numbers of an orientation as in the observation: (w, x, y, z) of a body's
/// quaternion, or (x, y, z, w) computed from the rotation matrix of a site or geom.
[<Struct>]
type internal Quaternion = { A: float; B: float; C: float; D: float }

/// A named element of the simulated world.
type Element =
    internal
    | Body of string
    /// A body with its orientation taken from its rotation matrix: (x, y, z, w).
    | BodyFrame of string
    | Site of string
    | Geom of string

/// Position and orientation of an element in world coordinates.
[<Struct>]
type Pose = internal {
    Position: Vec3
    /// Of a `Body`: the engine's quaternion (w, x, y, z). Of all others: from the matrix,
    /// (x, y, z, w), by `Orientation.ofMatrix`.
    Orientation: Quaternion
}

/// Simulation state read by a task. The facade fills it from the engine; tests construct it
/// directly. Poses are from the engine's last forward evaluation; joints are current.
type Snapshot = internal {
    /// Body `hand`.
    Hand: Vec3
    /// Bodies `leftpad` and `rightpad`: the gripping surfaces.
    LeftPad: Vec3
    RightPad: Vec3
    /// Bodies `leftclaw` and `rightclaw`: their distance is the opening of the gripper.
    LeftClaw: Vec3
    RightClaw: Vec3
    /// Sites `leftEndEffector` and `rightEndEffector`.
    LeftFinger: Vec3
    RightFinger: Vec3
    /// The observed elements, in the order of `MetaWorldTask.Watch`.
    Elements: Element[]
    /// Their poses, in the same order.
    Poses: Pose[]
    /// Coordinates of the joints named in `MetaWorldTask.Joints`, in that order; radians or metres.
    JointPositions: float[]
    /// Both pads press on the geom `MetaWorldTask.Graspable`.
    Grasped: bool
}

/// Accessors of `Snapshot`.
module internal Snapshot =
    /// Tool centre point: the middle between the finger tips.
    let tcp s =
        let l, r = s.LeftFinger, s.RightFinger
        Vec3.create ((r.X + l.X) / 2.0) ((r.Y + l.Y) / 2.0) ((r.Z + l.Z) / 2.0)

    /// Pose of an element of `Watch`. References are compared first, names only if that fails.
    let pose (element: Element) s =
        let mutable i = 0

        while i < s.Elements.Length && not (obj.ReferenceEquals(s.Elements[i], element)) do
            i <- i + 1

        if i < s.Elements.Length then
            s.Poses[i]
        else
            match Array.tryFindIndex ((=) element) s.Elements with
            | Some found -> s.Poses[found]
            | None ->
                invalidArg (nameof element) $"{element} is not in the Watch list of this task."

    /// Position of an element of `Watch`.
    let at element s = (pose element s).Position
