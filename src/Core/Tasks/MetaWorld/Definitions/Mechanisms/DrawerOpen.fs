/// Drawer-open: pull a drawer out of its case.
module internal MtrlFunctional.Tasks.MetaWorld.DrawerOpen

open MtrlFunctional.Tasks

let private drawer = Body "drawer_link"

let private target random =
    Sawyer.part 0 random + Vec3.create 0.0 -0.36 0.09

// No forward evaluation: the first observation has the drawer's settled position.
let private place random _ = [
    PlaceBody("drawer", Sawyer.part 0 random)
    PlaceSite("goal", target random)
]

let private reward (start: Start) step =
    let hand, handle = Obs.hand step.Obs, Obs.object step.Obs
    let toTarget = Vec3.distance handle start.Target
    let opened = toTarget |> Reward.near 0.02 0.2
    // The tolerance of the hand is tighter along x and y than along z.
    let scale = Vec3.create 3.0 3.0 1.0
    let closed = start.Target + Vec3.create 0.0 0.2 0.0
    let way = Vec3.norm ((closed - start.Tcp) * scale)
    let atHandle = Vec3.norm ((handle - hand) * scale) |> Reward.near 0.01 way

    let reward = 5.0 * (atHandle + opened)
    RewardTerms.withOpening step (Vec3.distance handle hand, toTarget) (atHandle, opened) reward

let private start random settled _ =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)
    let rewardV1 = RewardV1.bring 0.2 Vec3.distanceY StepState.tcp start

    RewardTerms.report 0.03 0.03 RewardTerms.opened
    |> RewardTerms.episode start (reward start) rewardV1

let private expert obs =
    let hand = Obs.hand obs
    let handle = Obs.object obs + Vec3.create 0.0 0.0 -0.02

    let gain, desired =
        if Vec3.distanceXY hand handle > 0.06 then
            4.0, handle + Sawyer.up 0.3
        elif abs (hand.Z - handle.Z) > 0.04 then
            4.0, handle
        else
            50.0, handle + Vec3.create 0.0 -0.06 0.0

    Sawyer.move gain hand desired -1.0

/// Success: the handle of the drawer is within 3 cm of its target.
let drawerOpen = {
    Sawyer.task "drawer-open-v3" "drawer" place start expert with
        Objective = "Open a drawer by pulling its handle."
        HandInit = Sawyer.single 0.0f 0.6f 0.2f
        RandomLow = [| -0.1; 0.9; 0.0 |]
        RandomHigh = [| 0.1; 0.9; 0.0 |]
        Watch = [ drawer ]
        Objects = Sawyer.observedAt (Vec3.create 0.0 -0.16 0.0) drawer
}
