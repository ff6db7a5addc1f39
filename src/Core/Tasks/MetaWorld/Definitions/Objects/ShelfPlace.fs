/// Shelf-place: lift a block onto a shelf.
module internal MtrlFunctional.Tasks.MetaWorld.ShelfPlace

open MtrlFunctional.Tasks

let private block, shape = Body "obj", Geom "objGeom"
let private shelf random = Sawyer.part 3 random - Sawyer.up 0.3

let private place random settled = [
    PlaceBody("shelf", shelf random)
    Forward
    yield! Sawyer.putObject (Push.level block 0 random settled)
]

let private grip = {
    ObjectRadius = 0.02
    PadReach = 0.05
    FrontReach = 0.01
    Effort = 1.0
    Density = Plain
}

/// Reduced where the block is in front of and below the shelf, 0 under the shelf.
let private notBelow (start: Start) (block: Vec3) inPlace =
    let target = start.Target
    let under = 0.0 < block.Z && block.Z < 0.24
    let reach = 3.0 * 0.05
    let inFront = target.X - reach < block.X && block.X < target.X + reach

    if under && inFront && block.Y > target.Y then
        0.0
    elif under && inFront && target.Y - reach < block.Y && block.Y < target.Y then
        let down = (0.24 - block.Z) / 0.24
        let deep = (block.Y - (target.Y - reach)) / reach
        min (max (inPlace - Reward.both deep down) 0.0) 1.0
    else
        inPlace

let private reward (start: Start) step =
    let near = Carrying.state 0.05 start step
    let block = near.Position
    let lifted = Carrying.lifted 0.025 0.01 start near
    let grasp = Gripper.cage grip start block step
    let both = Reward.both grasp near.InPlace
    let state = { near with InPlace = notBelow start block near.InPlace }

    RewardTerms.carried (state.ToTarget < 0.05) lifted both state.InPlace
    |> Carrying.measures state grasp

let private start random settled placed =
    // The original adds the height of the goal on the shelf to the shelf's position.
    let target = Sawyer.up 0.3 + shelf random
    let start = RewardTerms.start settled (Push.level block 0 random settled) target

    RewardTerms.placing start (reward start) (Carrying.rewardV1 0.04 placed shape start)

let private expert obs =
    let hand, observed, goal = Obs.hand obs, Obs.object obs, Obs.goal obs
    let block = observed + Vec3.create -0.005 0.0 0.015

    let next =
        if abs (hand.X - goal.X) > 0.02 then
            Vec3.create goal.X hand.Y 0.3
        elif hand.Z < 0.3 then
            hand + Sawyer.up 0.3
        else
            hand + Vec3.create 0.0 0.05 0.0

    let desired = Sawyer.fetch hand block (0.04, 0.3) (0.04, 0.0) next
    Sawyer.move 25.0 hand desired (Sawyer.effort hand observed (0.04, 0.15) (-1.0, 0.7))

/// Success: the block is within 7 cm of its target on the shelf.
let shelfPlace = {
    Sawyer.task "shelf-place-v3" "shelf" place start expert with
        Objective = "Pick a puck up and place it on a shelf."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        SettledStateIsShared = false
        RandomLow = [| -0.1; 0.5; 0.019; -0.1; 0.8; 0.299 |]
        RandomHigh = [| 0.1; 0.6; 0.021; 0.1; 0.9; 0.301 |]
        Accepts = Sawyer.apart 0.1
        Watch = [ block; shape ]
        Graspable = Some "objGeom"
        Objects = Sawyer.observed block shape
}
