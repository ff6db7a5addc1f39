namespace MtrlFunctional.Tasks

/// Templates of the rewards of version 1: unbounded, from the first Meta-World paper (Yu et al.
/// 2019, arXiv:1910.10897, appendix).
module RewardV1 =
    /// 1000 (d − x) + 1000 (exp(−x²/wide) + exp(−x²/narrow)): the pay for a thing that is x from its
    /// target and was d away.
    let pay wide narrow d x =
        let peaks = exp (-(x * x) / wide) + exp (-(x * x) / narrow)
        1000.0 * (d - x) + 1000.0 * peaks

    /// The usual widths, never negative.
    let bonus d x = max (pay 0.01 0.001 d x) 0.0

    /// Come to the object; once `reach` is below 5 cm, bring it to its target.
    let gate reach bonus =
        -reach + (if reach < 0.05 then bonus else 0.0)

    /// The commonest reward: come to the object with some point of the hand, then bring it closer to
    /// its target by `way`.
    let bring way toTarget (hand: Vec3) position =
        RewardTerms.onlyReward (gate (Vec3.distance position hand) (bonus way toTarget)) toTarget

    /// Lifting an object and placing it; lengths in metres.
    type Lift = {
        /// Seen from above, the hand is over the object within this distance.
        Over: float
        /// Price of the height of the hand while it is not over the object.
        Height: float
        /// The object counts as picked from this height on.
        LiftTo: float
        /// Height of the resting object.
        Resting: float
        /// The way that placing pays for.
        Carry: float
    }

    /// Lifting by `height` from where the object rests; the way is that from the lifted object to
    /// the target, and the height.
    let lift over price resting height (start: Start) =
        let liftTo = resting + height

        {
            Over = over
            Height = price
            LiftTo = liftTo
            Resting = resting
            Carry = Vec3.distance { start.Object with Z = liftTo } start.Target + liftTo
        }

    /// Come over the object, down to it, and close the gripper.
    let approach over height (start: Start) position (m: Moment) =
        let tcp = Moment.tcp m
        let reach = Vec3.distance position tcp
        let aside = Vec3.distanceXY position tcp

        if reach < 0.05 then
            -reach + max (Moment.effort m) 0.0 / 50.0
        elif aside < over then
            -reach
        else
            -aside - height * abs (tcp.Z - start.Tcp.Z)

    /// High enough.
    let picked lift (position: Vec3) = position.Z >= lift.LiftTo - 0.01

    /// On the table, away from the target, and out of the hand.
    let dropped lift (position: Vec3) toTarget reach =
        position.Z < lift.Resting + 0.005 && toTarget > 0.02 && reach > 0.02

    /// Pay for the height of the object, less `ground`.
    let raise lift ground (position: Vec3) toTarget reach =
        if picked lift position && not (dropped lift position toTarget reach) then
            100.0 * (lift.LiftTo - ground)
        elif reach < 0.1 && position.Z > lift.Resting + 0.005 then
            100.0 * (min lift.LiftTo position.Z - ground)
        else
            0.0

    /// Pay for a lifted object that is `toPlace` from its place.
    let carry lift (position: Vec3) toTarget toPlace reach =
        if
            picked lift position
            && reach < 0.1
            && not (dropped lift position toTarget reach)
        then
            bonus lift.Carry toPlace
        else
            0.0

    /// Approach, raise and carry.
    let pick lift start position toTarget (m: Moment) =
        let reach = Vec3.distance position (Moment.tcp m)

        approach lift.Over lift.Height start position m
        + raise lift 0.0 position toTarget reach
        + carry lift position toTarget toTarget reach
