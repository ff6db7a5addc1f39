/// Pick-place-wall: lift a puck over a wall and hold it at a point behind.
module Mtrl.Tasks.MetaWorld.PickPlaceWall

open Mtrl.Tasks

let private shape = Geom "objGeom"

let private place random _ = [
    yield! Sawyer.putObject (Sawyer.part 0 random)
    PlaceSite("goal", Sawyer.part 3 random)
]

let private grip = {
    ObjectRadius = 0.015
    PadReach = 0.05
    FrontReach = 0.005
    Effort = 1.0
    Density = Plain
}

/// First the puck has to come over the wall; height counts most.
let private over (start: Start) (puck: Vec3) =
    let scale = Vec3.create 1.0 1.0 3.0
    let above = Vec3.create start.Target.X 0.77 0.25

    Vec3.norm ((puck - above) * scale)
    |> Reward.near 0.05 (Vec3.norm ((start.Object - above) * scale))

let private reward (start: Start) m =
    let puck, opening = Obs.object m.Obs, Obs.opening m.Obs
    let toTarget = Vec3.distance puck start.Target
    let toObject = Vec3.distance puck (Moment.tcp m)
    let over = over start puck
    let inPlace = toTarget |> Reward.near 0.05 (Vec3.distance start.Object start.Target)
    let lifted = toObject < 0.02 && opening > 0.0 && puck.Z - 0.015 > start.Object.Z
    let grasp = Gripper.cage grip start puck m
    let both = Reward.both grasp over

    {
        Reward =
            if toTarget < 0.05 then 10.0
            elif lifted && puck.Y > 0.75 then both + 5.0 + 3.0 * inPlace
            elif lifted then both + 1.0 + 4.0 * over
            else both
        ToObject = toObject
        Opening = opening
        ToTarget = toTarget
        Grasp = grasp
        InPlace = inPlace
    }

let private rewardV1 lift (start: Start) m =
    let puck = Obs.object m.Obs
    let toTarget = Vec3.distance puck start.Target
    Judging.onlyReward (RewardV1.pick lift start puck toTarget m) toTarget

let private start random settled placed =
    let start = Judging.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)
    let lift = RewardV1.lift 0.05 2.0 (Snapshot.at shape placed).Z 0.04 start

    Judging.report 0.07 0.03 (Judging.heldUp 0.02 start)
    |> Judging.episode start (reward start) (rewardV1 lift start)

let private expert obs =
    let hand, seen, goal = Obs.hand obs, Obs.object obs, Obs.goal obs
    let puck = seen + Vec3.create -0.005 0.0 0.0
    let atWall = -0.15 <= hand.X && hand.X <= 0.35 && 0.6 <= hand.Y && hand.Y <= 0.8

    let desired =
        if Vec3.distanceXY hand puck > 0.015 then
            puck + Sawyer.up 0.1
        elif abs (hand.Z - puck.Z) > 0.04 && puck.Z < 0.03 then
            puck + Sawyer.up 0.03
        elif atWall && hand.Z < 0.25 then
            hand + Sawyer.up 1.0
        elif atWall && hand.Z < 0.35 then
            { goal with Z = hand.Z }
        elif abs (hand.Z - goal.Z) > 0.01 then
            { hand with Z = goal.Z }
        else
            goal

    let above = Vec3.distanceXY hand seen > 0.015 || abs (hand.Z - seen.Z) > 0.1
    Sawyer.move 10.0 hand desired (if above then 0.0 else 0.9)

let private words = {
    Kind = Kind.Carrying
    Description = "Pick a puck up and carry it over a wall to a goal."
    Seen = [ Words.seen "puck" "geom('objGeom')" "geom('objGeom')" ]
    Succeeds = "The puck is within 7 cm of the target behind the wall."
    Prepared = Words.drawn @ [ Words.apart 0.15 ]
    Formula = [
        "above = (target.x, 0.77, 0.25)"
        "margin = norm((start - above) * (1, 1, 3))"
        "over = near(norm((puck - above) * (1, 1, 3)), 0.05, margin)"
        "away = distance(puck, target)"
        "inPlace = near(away, 0.05, distance(start, target))"
        "lifted = distance(puck, tcp) < 0.02 and opening > 0 and puck.z - 0.015 > start.z"
        "grasp = grip(puck, start, 0.015, 0.05, 0.005, 1)"
        "paid = 5 + 3 * inPlace if puck.y > 0.75 else 1 + 4 * over"
        "success = away <= 0.07"
        "reward = 10 if away < 0.05 else both(grasp, over) + lifted * paid"
    ]
    FormulaV1 = [
        "away = distance(puck, target)"
        "reward = pick(puck, 0.05, 2, placed(geom('objGeom')).z, 0.04, away)"
    ]
    Scripted = 20
}

/// Success: the puck is within 7 cm of the target behind the wall.
let pickPlaceWall = {
    Sawyer.task "pick-place-wall-v3" "pick_place_wall" place start expert with
        Words = words
        RandomLow = [| -0.05; 0.6; 0.015; -0.05; 0.85; 0.05 |]
        RandomHigh = [| 0.05; 0.65; 0.015; 0.05; 0.9; 0.3 |]
        GoalLow = Vec3.create -0.05 0.85 0.05
        GoalHigh = Vec3.create 0.05 0.9 0.3
        Accepts = Sawyer.apart 0.15
        Watch = [ shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.seen shape shape
}
