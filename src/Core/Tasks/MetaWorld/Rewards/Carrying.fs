/// Reward terms shared by the tasks that push or carry an object to a target.
///
/// The order of operations is the original's.
module internal MtrlFunctional.Tasks.Carrying

/// State of an object relative to hand and target.
[<Struct>]
type CarryState = {
    Position: Vec3
    /// Opening of the gripper, 0 closed to 1 open.
    Opening: float
    /// Distance from tool centre point to object, metres.
    ToObject: float
    /// Distance from object to target, metres.
    ToTarget: float
    /// Nearness of the object to its target, in [0, 1].
    InPlace: float
}

/// Tolerance of a position around a point: 1 within `radius`, 0.1 one initial distance further out;
/// axes are weighted by `scale`.
let nearPoint radius (scale: Vec3) (point: Vec3) (start: Start) (position: Vec3) =
    Vec3.norm ((position - point) * scale)
    |> Reward.near radius (Vec3.norm ((start.Object - point) * scale))

/// State of the observed object; it is in place within `radius` of its target.
let state radius (start: Start) (step: StepState) =
    let position = Obs.object step.Obs
    let toTarget = Vec3.distance position start.Target

    {
        Position = position
        Opening = Obs.opening step.Obs
        ToObject = Vec3.distance position (StepState.tcp step)
        ToTarget = toTarget
        InPlace = toTarget |> Reward.near radius (Vec3.distance start.Object start.Target)
    }

/// The hand is within `reach` of the object, and the opening of the gripper is positive.
let held reach state =
    state.ToObject < reach && state.Opening > 0.0

/// Held, and more than `height` above the object's initial position.
let lifted reach height (start: Start) state =
    held reach state && state.Position.Z - height > start.Object.Z

/// The reward for an object that passes a wall at y = 0.75 m: 10 in place; before the wall it grows
/// with `passing` in [0, 1], behind it with the nearness to the target. `gripped`: reward of the
/// grip.
let aroundWall isHeld gripped passing state =
    if state.ToTarget < 0.05 then
        10.0
    elif isHeld && state.Position.Y > 0.75 then
        gripped + 5.0 + 3.0 * state.InPlace
    elif isHeld then
        gripped + 1.0 + 4.0 * passing
    else
        gripped

/// A reward with its components.
let measures state grasp reward = {
    RewardTerms.create (state.ToObject, state.ToTarget) (grasp, state.InPlace) reward with
        Opening = state.Opening
}

/// Reward of version 1: lift the object by `height` from its resting position, carry it to its
/// target.
let rewardV1 height (placed: Snapshot) shape (start: Start) =
    let lift = RewardV1.lift 0.05 2.0 (Snapshot.at shape placed).Z height start

    fun step ->
        let position = Obs.object step.Obs
        let toTarget = Vec3.distance position start.Target
        RewardTerms.onlyReward (RewardV1.pick lift start position toTarget step) toTarget
