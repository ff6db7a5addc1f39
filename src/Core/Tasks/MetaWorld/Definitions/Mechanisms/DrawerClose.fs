/// Drawer-close: push an open drawer into its case.
module internal MtrlFunctional.Tasks.MetaWorld.DrawerClose

open MtrlFunctional.Tasks

let private drawer = Body "drawer_link"

let private front s =
    Snapshot.at drawer s + Vec3.create 0.0 -0.16 0.05

let private target random =
    Sawyer.part 0 random + Vec3.create 0.0 -0.16 0.09

// The drawer keeps the velocity of the settled state.
let private place random _ = [
    PlaceBody("drawer", Sawyer.part 0 random)
    SetPositions(9, [ -0.15 ])
    Forward
    PlaceSite("goal", target random)
]

let private reward (start: Start) step =
    let drawer = Obs.object step.Obs
    let toTarget = Vec3.distance drawer start.Target
    let toTarget0 = Vec3.distance start.Object start.Target
    let inPlace = toTarget |> Reward.near 0.05 (abs (toTarget0 - 0.05))
    let toObject = Vec3.distance drawer (StepState.tcp step)
    let toObject0 = Vec3.distance start.Object start.Tcp
    let near = toObject |> Reward.nearOnly 0.005 (abs (toObject0 - 0.005))
    let reach = Reward.both near (StepState.closing 1.0 step)

    let reward =
        10.0
        * (if toTarget <= 0.05 + 0.015 then
               1.0
           else
               Reward.both reach inPlace)

    RewardTerms.create (toObject, toTarget) (reach, inPlace) reward

let private start random settled placed =
    let start = { Object = front placed; Tcp = Snapshot.tcp settled; Target = target random }

    let rewardV1 = RewardV1.bring 0.15 Vec3.distanceY StepState.tcp start

    RewardTerms.report (0.05 + 0.015) 0.01 RewardTerms.always
    |> RewardTerms.episode start (reward start) rewardV1

let private expert obs =
    let hand = Obs.hand obs
    let drawer = Obs.object obs + Vec3.create 0.0 0.0 -0.02

    let desired =
        if hand.Y > drawer.Y then
            // Behind the front: move over it to its outer side.
            if hand.Z < drawer.Z + 0.23 then
                { hand with Z = drawer.Z + 0.5 }
            else
                drawer + Vec3.create 0.0 -0.075 0.23
        elif abs (hand.Z - drawer.Z) > 0.04 then
            drawer + Vec3.create 0.0 -0.075 0.0
        else
            drawer

    Sawyer.move 25.0 hand desired 1.0

/// Success: the front of the drawer is within 6.5 cm of its target.
let drawerClose = {
    Sawyer.task "drawer-close-v3" "drawer" place start expert with
        Objective = "Push a drawer in to close it."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| -0.1; 0.9; 0.0 |]
        RandomHigh = [| 0.1; 0.9; 0.0 |]
        Watch = [ drawer ]
        Objects = Sawyer.observedPoint front
}
