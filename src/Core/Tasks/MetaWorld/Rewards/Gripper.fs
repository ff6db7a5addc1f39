namespace MtrlFunctional.Tasks

/// Additional term of the grip reward, averaged with the closing of the pads.
type internal GripDensity =
    /// None.
    | Plain
    /// Half of the reward is for being within this distance of the object.
    | NearCounts of reach: float
    /// Half of the reward is for having the object between the pads.
    | CageCounts

/// Parameters of a grip; lengths in metres.
type internal Grip = {
    /// Pads nearer to the object's centre than this lose reward.
    ObjectRadius: float
    /// Pads within this distance of the centre, sideways, are in place.
    PadReach: float
    /// The tool centre point within this distance in the xz plane is in place.
    FrontReach: float
    /// Closing effort (the fourth action) that gives the full reward.
    Effort: float
    Density: GripDensity
}

/// Reward in [0, 1] for closing the gripper around an object.
///
/// Three versions, as in the original: common, pick-place, and sweeping tasks. In each the
/// "initial" pads alias the current ones, because the original does not copy them; margins
/// therefore shrink as a pad approaches. This is reproduced.
module internal Gripper =
    /// Tolerance of the distance of tool centre point and object in the xz plane.
    let private inFront reach (start: Start) position (step: StepState) =
        Vec3.distanceXZ (StepState.tcp step) position
        |> Reward.near reach (Vec3.distanceXZ start.Object start.Tcp - reach)

    /// The common version: margins are relative to `start.Object`.
    let cage (grip: Grip) (start: Start) (position: Vec3) (step: StepState) =
        let pad (p: Vec3) =
            let margin = abs (abs (p.Y - start.Object.Y) - grip.PadReach)
            abs (p.Y - position.Y) |> Reward.inRange grip.ObjectRadius grip.PadReach margin

        let between = Reward.both (pad step.Scene.LeftPad) (pad step.Scene.RightPad)
        let caged = Reward.both between (inFront grip.FrontReach start position step)
        let closed = StepState.closing grip.Effort step / grip.Effort
        let gripped = Reward.both caged (if caged > 0.97 then closed else 0.0)

        match grip.Density with
        | Plain -> gripped
        | CageCounts -> (gripped + caged) / 2.0
        | NearCounts reach ->
            let margin = abs (Vec3.distance start.Object start.Tcp - reach)
            let near = Vec3.distance position (StepState.tcp step) |> Reward.near reach margin
            (gripped + near) / 2.0

    /// Signed distance of each pad from the object; negative: past the centre.
    let inline private sides (position: Vec3) (step: StepState) =
        struct (step.Scene.LeftPad.Y - position.Y, position.Y - step.Scene.RightPad.Y)

    /// Both pads within [radius, outer] of the object, each on its own side.
    let private pinched radius outer position (step: StepState) =
        let struct (left, right) = sides position step

        let within d =
            Reward.inRange radius outer (abs (abs d - 0.05)) d

        Reward.both (within right) (within left)

    /// The version of pick-place.
    let cagePickPlace start position step =
        let between = pinched 0.015 0.05 position step
        let caged = Reward.both between (inFront 0.005 start position step)
        let gripped = if caged > 0.97 then StepState.closing 1.0 step else 0.0
        (Reward.both caged gripped + caged) / 2.0

    /// The version of soccer, push-back, sweep and sweep-into: gripped within `slack` beyond the
    /// object's radius, independent of the effort.
    let cageSweep radius slack frontReach start position step =
        let between = pinched radius 0.05 position step
        let caged = Reward.both between (inFront frontReach start position step)

        let gripped =
            if caged > 0.95 then
                pinched radius (radius + slack) position step
            else
                0.0

        (caged + gripped) / 2.0
