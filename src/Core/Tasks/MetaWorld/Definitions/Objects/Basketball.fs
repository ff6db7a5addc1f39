/// Basketball: drop a ball into a basket.
module internal MtrlFunctional.Tasks.MetaWorld.Basketball

open MtrlFunctional.Tasks

let private ball, shape, hoop = Body "bsktball", Geom "objGeom", Site "goal"

/// Height of the original's default ball, in single precision.
let private object (random: float[]) = { Sawyer.part 0 random with Z = float 0.03f }

// The hoop's site coincides with its body, so writing its local position moves nothing.
let private place random settled = [
    PlaceBody("basket_goal", Sawyer.part 3 random)
    yield! Sawyer.putObject (object random)
    PlaceSite("goal", Snapshot.at hoop settled)
]

let private grip = {
    ObjectRadius = 0.025
    PadReach = 0.06
    FrontReach = 0.005
    Effort = 1.0
    Density = CageCounts
}

/// The z axis has weight 2.
let private scale = Vec3.create 1.0 1.0 2.0

let private reward (start: Start) step =
    let rim = { start.Target with Z = 0.3 }
    let ball = Obs.object step.Obs

    let state = {
        Carrying.state 0.08 start step with
            ToTarget = Vec3.norm ((ball - rim) * scale)
            InPlace = Carrying.nearPoint 0.08 scale rim start ball
    }

    let lifted = Carrying.lifted 0.035 0.01 start state
    let grasp = if lifted then 1.0 else Gripper.cage grip start ball step
    let both = Reward.both grasp state.InPlace

    RewardTerms.carried (state.ToTarget < 0.08) lifted both state.InPlace
    |> Carrying.measures state grasp

let private start random settled placed =
    let start = RewardTerms.start settled (object random) (Snapshot.at hoop placed)

    RewardTerms.report 0.08 0.05 (RewardTerms.lifted 0.03 start)
    |> RewardTerms.episode start (reward start) (Carrying.rewardV1 0.3 placed shape start)

let private expert obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let ball = observed + Sawyer.up 0.01

    let next =
        if abs (ball.Z - 0.35) > 0.025 then
            { hand with Z = 0.35 }
        else
            Vec3.create (Obs.goal obs).X 0.875 0.35

    let desired = Sawyer.fetch hand ball (0.04, 0.3) (0.025, 0.0) next
    Sawyer.move 25.0 hand desired (Sawyer.effort hand observed (0.04, 0.15) (-1.0, 0.6))

/// Success: the ball is within 8 cm of the middle of the rim; the z axis has weight 2.
let basketball = {
    Sawyer.task "basketball-v3" "basketball" place start expert with
        Objective = "Lift a ball and drop it through a hoop."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| -0.1; 0.6; 0.0299; -0.1; 0.85; 0.0 |]
        RandomHigh = [| 0.1; 0.7; 0.0301; 0.1; 0.9000001; 0.0 |]
        GoalBounds = Some(Vec3.create -0.1 0.767 0.2499, Vec3.create 0.1 0.8170001 0.2501)
        Accepts = Sawyer.apart 0.15
        Watch = [ ball; shape; hoop ]
        Objects = Sawyer.observed ball ball
}
