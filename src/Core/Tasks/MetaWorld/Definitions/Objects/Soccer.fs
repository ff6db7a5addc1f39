/// Soccer: push a ball into a goal.
module internal MtrlFunctional.Tasks.MetaWorld.Soccer

open MtrlFunctional.Tasks

let private ball = BodyFrame "soccer_ball"
let private object random = { Sawyer.part 0 random with Z = 0.03 }

let private place random _ = [
    PlaceBody("goal_whole", Sawyer.part 3 random)
    yield! Sawyer.putObject (object random)
    PlaceSite("goal", Sawyer.part 3 random)
]

/// The x axis has the largest weight.
let private scale = Vec3.create 3.0 1.0 1.0

let private reward (start: Start) step =
    let ball, target = Obs.object step.Obs, start.Target
    let away = Vec3.norm ((ball - target) * scale)
    // The margin grows as the ball rolls: the original uses the ball's current position.
    let near = away |> Reward.near 0.07 (Vec3.norm ((ball - start.Object) * scale))
    let line = target.Y - 0.1
    let missed = ball.Y > line && abs (ball.X - target.X) > 0.1

    let inPlace =
        if missed then
            min (max (near - 2.0 * ((ball.Y - line) / (1.0 - line))) 0.0) 1.0
        else
            near

    let grasp = Gripper.cageSweep 0.013 0.01 0.005 start ball step

    let reward = if away < 0.07 then 10.0 else 3.0 * grasp + 6.5 * inPlace

    RewardTerms.withOpening
        step
        (Vec3.distance ball (StepState.tcp step), Vec3.distance ball target)
        (grasp, inPlace)
        reward

let private start random settled _ =
    let start = RewardTerms.start settled (object random) (Sawyer.part 3 random)

    RewardTerms.placing start (reward start) (Push.rewardV1 start)

let private expert obs =
    let hand, goal = Obs.hand obs, Obs.goal obs
    let ball = Obs.object obs + Sawyer.up 0.03
    let height = if Vec3.distanceXY hand ball < 0.02 then 0.1 else 0.03

    // Behind the ball, or beside it if it has to move sideways first.
    let side =
        if ball.X - goal.X < -0.05 then Vec3.create -0.03 0.0 0.0
        elif ball.X - goal.X > 0.05 then Vec3.create 0.03 0.0 0.0
        else Vec3.create 0.0 -0.03 0.0

    let beside = ball + side
    let behind = { beside with Z = height }
    Sawyer.move 25.0 hand (if Vec3.distance hand behind > 0.01 then behind else ball) 1.0

/// Success: the ball is within 7 cm of the target.
let soccer = {
    Sawyer.task "soccer-v3" "soccer" place start expert with
        Objective = "Push a ball over the table into a net."
        RandomLow = [| -0.1; 0.6; 0.03; -0.1; 0.8; 0.0 |]
        RandomHigh = [| 0.1; 0.7; 0.03; 0.1; 0.9; 0.0 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ ball ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed ball ball
}
