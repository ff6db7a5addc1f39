namespace MtrlFunctional.Tasks

/// Templates of the rewards of version 1: unbounded, from the first Meta-World paper (Yu et al.
/// 2019, arXiv:1910.10897, appendix).
module internal RewardV1 =
    /// 1000 (d − x) + 1000 (exp(−x²/wide) + exp(−x²/narrow)): for an object at
    /// distance x from its target, initially d.
    let distanceReward wide narrow d x =
        let peaks = exp (-(x * x) / wide) + exp (-(x * x) / narrow)
        1000.0 * (d - x) + 1000.0 * peaks

    /// `distanceReward` with the common widths, at least 0.
    let bonus d x = max (distanceReward 0.01 0.001 d x) 0.0

    /// −reach, plus `bonus` where `reach` is below 5 cm.
    let gate reach bonus =
        -reach + (if reach < 0.05 then bonus else 0.0)

    /// The most common reward: reach the observed object with a point of the hand, then move it to its target, initially
    /// `way` metres away by this distance.
    let bring way (distance: Vec3 -> Vec3 -> float) (hand: StepState -> Vec3) (start: Start) step =
        let position = Obs.object step.Obs
        let toTarget = distance position start.Target
        let reach = Vec3.distance position (hand step)
        RewardTerms.onlyReward (gate reach (bonus way toTarget)) toTarget

    /// The same from the object's initial position, by the distance in space, with the tool centre point.
    let bringObject (start: Start) =
        bring (Vec3.distance start.Object start.Target) Vec3.distance StepState.tcp start

    /// Lifting an object and placing it; lengths in metres.
    type Lift = {
        /// The hand is over the object within this horizontal distance.
        Over: float
        /// Penalty coefficient of the hand's height while it is not over the object.
        Height: float
        /// The object counts as lifted from this height on.
        LiftTo: float
        /// Height of the resting object.
        Resting: float
        /// Initial distance for the placing term.
        Carry: float
    }

    /// Lifting by `height` from the resting height; `Carry` is the distance of the lifted object
    /// from the target, plus the lifted height.
    let lift over penalty resting height (start: Start) =
        let liftTo = resting + height

        {
            Over = over
            Height = penalty
            LiftTo = liftTo
            Resting = resting
            Carry = Vec3.distance { start.Object with Z = liftTo } start.Target + liftTo
        }

    /// Tasks in which rewards v1 count no state as success, as in Meta-World 3.1.1: there what success depends on is a constant.
    let withoutSuccess = [ "hand-insert-v3"; "stick-push-v3" ]

    /// Approach term: move over the object, down to it, close the gripper where it is nearer than `near`.
    let approachTo near over height (start: Start) position (step: StepState) =
        let tcp = StepState.tcp step
        let reach = Vec3.distance position tcp
        let aside = Vec3.distanceXY position tcp

        if reach < near then
            -reach + max (StepState.effort step) 0.0 / 50.0
        elif aside < over then
            -reach
        else
            -aside - height * abs (tcp.Z - start.Tcp.Z)

    /// The same where the gripper closes within 5 cm.
    let approach over height start position step =
        approachTo 0.05 over height start position step

    /// The object is lifted, within 1 cm.
    let picked lift (position: Vec3) = position.Z >= lift.LiftTo - 0.01

    /// On the table, away from the target, and out of the hand.
    let dropped lift (position: Vec3) toTarget reach =
        position.Z < lift.Resting + 0.005 && toTarget > 0.02 && reach > 0.02

    /// Lifting term: 100 times the height of the object above `ground`.
    let raise lift ground (position: Vec3) toTarget reach =
        if picked lift position && not (dropped lift position toTarget reach) then
            100.0 * (lift.LiftTo - ground)
        elif reach < 0.1 && position.Z > lift.Resting + 0.005 then
            100.0 * (min lift.LiftTo position.Z - ground)
        else
            0.0

    /// Placing term of a lifted object at distance `toPlace` from its target.
    let carry lift (position: Vec3) toTarget toPlace reach =
        if
            picked lift position
            && reach < 0.1
            && not (dropped lift position toTarget reach)
        then
            bonus lift.Carry toPlace
        else
            0.0

    /// Sum of the approach, lifting and placing terms.
    let pick lift start position toTarget (step: StepState) =
        let reach = Vec3.distance position (StepState.tcp step)

        approach lift.Over lift.Height start position step
        + raise lift 0.0 position toTarget reach
        + carry lift position toTarget toTarget reach
