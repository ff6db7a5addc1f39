/// Push-wall: slide a puck around a wall to a target behind it.
module internal MtrlFunctional.Tasks.MetaWorld.PushWall

open MtrlFunctional.Tasks

let private shape = Geom "objGeom"

let private place random settled = [
    PlaceSite("goal", Push.level shape 3 random settled)
    yield! Sawyer.putObject (Push.level shape 0 random settled)
]

/// Progress of the puck to a point beside the wall; the x axis has the largest weight.
let private beside (start: Start) (puck: Vec3) =
    let aside = Vec3.create -0.05 0.77 puck.Z
    Carrying.nearPoint 0.05 (Vec3.create 3.0 1.0 1.0) aside start puck

let private reward (start: Start) step =
    let state = Carrying.state 0.05 start step
    let beside = beside start state.Position
    let grasp = Gripper.cage Push.grip start state.Position step

    Carrying.aroundWall (Carrying.held 0.02 state) (2.0 * grasp) beside state
    |> Carrying.measures state grasp

let private start random settled _ =
    let level part = Push.level shape part random settled
    let start = RewardTerms.start settled (level 0) (level 3)

    RewardTerms.placing start (reward start) (Push.rewardV1 start)

let private expert obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let puck = observed + Vec3.create -0.005 0.0 0.0
    let within low high x = low < x && x < high

    let next =
        if -0.1 <= puck.X && puck.X <= 0.3 && 0.65 <= puck.Y && puck.Y <= 0.75 then
            hand + Vec3.create -1.0 0.0 0.0
        elif
            (within -0.15 0.05 puck.X || within 0.15 0.35 puck.X)
            && 0.695 <= puck.Y
            && puck.Y <= 0.755
        then
            hand + Vec3.create 0.0 1.0 0.0
        else
            Obs.goal obs

    let desired = Sawyer.fetch hand puck (0.02, 0.2) (0.04, 0.03) next
    Sawyer.move 10.0 hand desired (Sawyer.effort hand observed (0.02, 0.1) (0.0, 0.6))

/// Success: the puck is within 7 cm of the target.
let pushWall = {
    Sawyer.task "push-wall-v3" "push_wall" place start expert with
        Objective = "Push a puck around a wall to a goal."
        RandomLow = [| -0.05; 0.6; 0.015; -0.05; 0.85; 0.01 |]
        RandomHigh = [| 0.05; 0.65; 0.015; 0.05; 0.9; 0.02 |]
        Accepts = Sawyer.apart 0.15
        Watch = [ shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed shape shape
}
