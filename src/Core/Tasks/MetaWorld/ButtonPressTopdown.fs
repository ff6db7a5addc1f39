/// Button-press-topdown: press a button from above. With a wall before it the hand has to come over
/// the wall.
module Mtrl.Tasks.MetaWorld.ButtonPressTopdown

open Mtrl.Tasks

let private button, hole, outer = Body "button", Site "hole", Site "buttonStart"

let private place random _ = [ PlaceBody("box", Sawyer.part 0 random); Forward ]

let private reward way (start: Start) m =
    let button, opening = Obs.object m.Obs, Obs.opening m.Obs
    let toTarget = abs (start.Target.Z - button.Z)
    let toObject = Vec3.distance button (Moment.tcp m)
    // The margin moves with the button: the original measures it anew at each step.
    let near = toObject |> Reward.near 0.01 (Vec3.distance button start.Tcp)
    let pressed = toTarget |> Reward.near 0.005 way
    let closed = 1.0 - opening
    let reached = 5.0 * Reward.both closed near

    {
        Reward =
            if toObject <= 0.03 then
                reached + 5.0 * pressed
            else
                reached
        ToObject = toObject
        Opening = opening
        ToTarget = toTarget
        Grasp = near
        InPlace = pressed
    }

let private rewardV1 way (start: Start) m =
    let button = Obs.object m.Obs
    let toTarget = abs (button.Z - start.Target.Z)
    let bonus = RewardV1.bonus way toTarget
    Judging.onlyReward (RewardV1.gate (Vec3.distance button (Moment.tcp m)) bonus) toTarget

let private report _ found = {
    Reward = found.Reward
    Success = found.ToTarget <= 0.024
    NearObject = Judging.flag (found.ToObject <= 0.05)
    GraspSuccess = Judging.flag (found.Opening > 0.0)
    GraspReward = found.Grasp
    InPlaceReward = found.InPlace
    ObjectToTarget = found.ToTarget
}

let private start random settled placed =
    let start = {
        Object = Sawyer.part 0 random
        Tcp = Snapshot.tcp settled
        Target = Snapshot.at hole placed
    }

    let way = abs (start.Target.Z - (Snapshot.at outer placed).Z)
    Judging.episode start (reward way start) (rewardV1 way start) report

let private expert obs =
    let hand, button = Obs.hand obs, Obs.object obs
    let aside = Vec3.distanceXY hand button > 0.04
    Sawyer.move 25.0 hand (if aside then button + Sawyer.up 0.1 else button) 1.0

let buttonPressTopdown = {
    Sawyer.task "button-press-topdown-v3" "button_topdown" place start expert with
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        RandomLow = [| -0.1; 0.8; 0.115 |]
        RandomHigh = [| 0.1; 0.9; 0.115 |]
        Watch = [ button; hole; outer ]
        Objects = Sawyer.seenAt (Sawyer.up 0.193) button
}
