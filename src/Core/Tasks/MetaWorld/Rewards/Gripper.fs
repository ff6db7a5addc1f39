namespace MtrlFunctional.Tasks

/// What counts in a grip, beside pads that close around the object.
type GripDensity =
    /// Nothing else.
    | Plain
    /// Half of the reward is for being within this distance of the object.
    | NearCounts of reach: float
    /// Half of the reward is for having the object between the pads.
    | CageCounts

/// How an object is to be gripped; lengths in metres.
type Grip = {
    /// Pads nearer to the object's centre than this lose reward.
    ObjectRadius: float
    /// Pads within this distance of the centre, sideways, are in place.
    PadReach: float
    /// The tool centre point within this distance, seen from the front, is in place.
    FrontReach: float
    /// Closing with this effort (the fourth action) earns all there is.
    Effort: float
    Density: GripDensity
}

/// Reward in [0, 1] for closing the gripper around an object.
///
/// Three versions, as in the original: the common one, that of pick-place, and that of tasks which
/// sweep. In each the "initial" pads are a window on the current ones, because the original never
/// copied them; margins therefore shrink as a pad approaches. This is kept.
module Gripper =
    /// As seen from the front, is the tool centre point at the object?
    let private inFront reach (start: Start) position (m: Moment) =
        Vec3.distanceXZ (Moment.tcp m) position
        |> Reward.near reach (Vec3.distanceXZ start.Object start.Tcp - reach)

    /// The common version: `start.Object` scales how far the pads have to come.
    let cage (grip: Grip) (start: Start) (position: Vec3) (m: Moment) =
        let pad (p: Vec3) =
            let margin = abs (abs (p.Y - start.Object.Y) - grip.PadReach)
            abs (p.Y - position.Y) |> Reward.inRange grip.ObjectRadius grip.PadReach margin

        let between = Reward.both (pad m.Scene.LeftPad) (pad m.Scene.RightPad)
        let caged = Reward.both between (inFront grip.FrontReach start position m)
        let closed = Moment.closing grip.Effort m / grip.Effort
        let gripped = Reward.both caged (if caged > 0.97 then closed else 0.0)

        match grip.Density with
        | Plain -> gripped
        | CageCounts -> (gripped + caged) / 2.0
        | NearCounts reach ->
            let margin = abs (Vec3.distance start.Object start.Tcp - reach)
            let near = Vec3.distance position (Moment.tcp m) |> Reward.near reach margin
            (gripped + near) / 2.0

    /// How far each pad is from the object on its own side; negative: it has passed the centre.
    let inline private sides (position: Vec3) (m: Moment) =
        struct (m.Scene.LeftPad.Y - position.Y, position.Y - m.Scene.RightPad.Y)

    /// Both pads within [radius, outer] of the object, each on its own side.
    let private pinched radius outer position (m: Moment) =
        let struct (left, right) = sides position m

        let within d =
            Reward.inRange radius outer (abs (abs d - 0.05)) d

        Reward.both (within right) (within left)

    /// The version of pick-place.
    let cagePickPlace start position m =
        let between = pinched 0.015 0.05 position m
        let caged = Reward.both between (inFront 0.005 start position m)
        let gripped = if caged > 0.97 then Moment.closing 1.0 m else 0.0
        (Reward.both caged gripped + caged) / 2.0

    /// The version of soccer, push-back, sweep and sweep-into: gripped is what the pads hold, with
    /// `slack` beyond the object's radius; the effort does not count.
    let cageSweep radius slack frontReach start position m =
        let between = pinched radius 0.05 position m
        let caged = Reward.both between (inFront frontReach start position m)

        let gripped =
            if caged > 0.95 then
                pinched radius (radius + slack) position m
            else
                0.0

        (caged + gripped) / 2.0
