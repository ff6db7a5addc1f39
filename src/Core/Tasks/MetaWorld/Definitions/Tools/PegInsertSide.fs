/// Peg-insert-side: lift a peg and push it sideways into the hole of a box.
module internal MtrlFunctional.Tasks.MetaWorld.PegInsertSide

open MtrlFunctional.Tasks

let private peg, grasp, head = Body "peg", Site "pegGrasp", Site "pegHead"

/// The two blocks above and below the hole: opposite corners of each.
let private corners1 =
    Site "bottom_right_corner_collision_box_1", Site "top_left_corner_collision_box_1"

let private corners2 =
    Site "bottom_right_corner_collision_box_2", Site "top_left_corner_collision_box_2"

let private target random =
    Sawyer.part 3 random + Vec3.create 0.03 0.0 0.13

let private place random _ = [
    yield! Sawyer.putObject (Sawyer.part 0 random)
    PlaceBody("box", Sawyer.part 3 random)
    PlaceSite("goal", target random)
]

let private grip = {
    ObjectRadius = 0.0075
    PadReach = 0.03
    FrontReach = 0.005
    Effort = 1.0
    Density = CageCounts
}

/// The y and z axes have weight 2.
let private scale = Vec3.create 1.0 2.0 2.0

/// Collision term of the head: 1 outside of the blocks.
let private free head (zero, one) scene =
    Reward.throughBox head (Snapshot.at zero scene) (Snapshot.at one scene)

let private reward way (start: Start) step =
    let peg, opening = Obs.object step.Obs, Obs.opening step.Obs
    let head = Snapshot.at head step.Scene
    let toTarget = Vec3.norm ((head - start.Target) * scale)
    let toObject = Vec3.distance peg (StepState.tcp step)

    let unhindered =
        Reward.both (free head corners2 step.Scene) (free head corners1 step.Scene)

    let inPlace = Reward.both (toTarget |> Reward.near 0.07 way) unhindered
    let lifted = toObject < 0.08 && opening > 0.0 && peg.Z - 0.01 > start.Object.Z
    let grasp = if lifted then 1.0 else Gripper.cage grip start peg step
    let both = Reward.both grasp inPlace

    let reward = RewardTerms.carried (toTarget <= 0.07) lifted both inPlace
    RewardTerms.withOpening step (toObject, toTarget) (grasp, inPlace) reward

let private rewardV1 lift (start: Start) step =
    let peg = Obs.object step.Obs
    let reach = Vec3.distance peg (StepState.tcp step)
    let toTarget = Vec3.distance peg start.Target
    let headToTarget = Vec3.distance (Snapshot.at head step.Scene) start.Target
    // Before insertion the head is the carried point.
    let toPlace = if headToTarget > 0.05 then headToTarget else toTarget

    let reward =
        RewardV1.approach 0.05 1.0 start peg step
        + RewardV1.raise lift 0.0 peg toTarget reach
        + RewardV1.carry lift peg toTarget toPlace reach

    RewardTerms.onlyReward reward toTarget

let private start random settled placed =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)

    // The head in the settled state, with the peg at its default position.
    let way = Vec3.norm ((Snapshot.at head settled - start.Target) * scale)
    let lift = RewardV1.lift 0.05 1.0 (Snapshot.at peg placed).Z 0.11 start

    RewardTerms.report 0.07 0.03 (fun step found ->
        found.ToObject < 0.02 && RewardTerms.lifted 0.01 start step found)
    |> RewardTerms.episode start (reward way start) (rewardV1 lift start)

let private expert obs =
    let hand, peg = Obs.hand obs, Obs.object obs
    // The mouth of the hole; only its depth varies.
    let hole = Vec3.create -0.35 (Obs.goal obs).Y 0.16

    let next =
        if Vec3.distanceYZ peg hole > 0.03 then
            hole + Vec3.create 0.4 0.0 0.0
        else
            hole

    let desired = Sawyer.fetch hand peg (0.04, 0.3) (0.025, 0.0) next
    Sawyer.move 25.0 hand desired (Sawyer.effort hand peg (0.04, 0.15) (-1.0, 0.6))

/// Success: the head of the peg is within 7 cm of its target; the y and z axes have weight 2.
let pegInsertSide = {
    Sawyer.task "peg-insert-side-v3" "peg_insert" place start expert with
        Objective = "Insert a peg sideways into a goal hole."
        RandomLow = [| 0.0; 0.5; 0.02; -0.35; 0.4; -0.001 |]
        RandomHigh = [| 0.2; 0.7; 0.02; -0.25; 0.7; 0.001 |]
        GoalBounds = Some(Vec3.create -0.31999999999999995 0.4 0.129, Vec3.create -0.22 0.7 0.131)
        Accepts = Sawyer.apart 0.1
        Watch = [ peg; grasp; head; fst corners1; snd corners1; fst corners2; snd corners2 ]
        Objects = Sawyer.observed grasp grasp
}
