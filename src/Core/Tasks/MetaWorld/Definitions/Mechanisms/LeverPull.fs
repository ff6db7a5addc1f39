/// Lever-pull: swing a lever up by a quarter turn.
module internal MtrlFunctional.Tasks.MetaWorld.LeverPull

open System
open MtrlFunctional.Tasks

let private tip, shape = Site "leverStart", Geom "objGeom"

let private target random =
    Sawyer.part 0 random + Vec3.create 0.12 0.0 0.45

let private place random _ = [
    PlaceBody("lever", Sawyer.part 0 random)
    PlaceSite("goal", target random)
]

/// The y axis of the hand's distance has a small weight.
let private scale = Vec3.create 4.0 1.0 4.0

let private reward (start: Start) step =
    let tip = Obs.object step.Obs
    let tip0 = start.Object + Vec3.create 0.12 -0.2 0.25
    let knuckle = Vec3.create 0.0 0.055 0.07
    let toTip = Vec3.norm ((Obs.hand step.Obs + knuckle - tip) * scale)
    let toTip0 = Vec3.norm ((start.Tcp + knuckle - tip0) * scale)
    let ready = toTip |> Reward.near 0.02 toTip0
    let angleLeft = abs (-step.Scene.JointPositions[0] - Math.PI / 2.0)
    let margin = Math.PI / 2.0 - Math.PI / 12.0
    let turned = angleLeft |> Reward.near (Math.PI / 48.0) margin

    let inPlace =
        Vec3.distance tip start.Target
        |> Reward.near 0.04 (Vec3.distance tip0 start.Target)

    {
        Reward = 10.0 * Reward.both ready inPlace
        ToObject = toTip
        Opening = angleLeft
        ToTarget = toTip
        Grasp = ready
        InPlace = turned
    }

let private report step found = {
    RewardTerms.report 0.0 0.0 (fun _ found -> found.Grasp > 0.9) step found with
        Success = found.Opening <= Math.PI / 24.0
        NearObject = RewardTerms.flag (found.ToObject < 0.03)
}

// Version 1 reports its distance instead of the angle.
let private rewardV1 (start: Start) step =
    let terms = RewardV1.bringObject start step
    { terms with Opening = terms.ToTarget; ToTarget = 0.0 }

let private start random settled _ =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (target random)
    RewardTerms.episode start (reward start) (rewardV1 start) report

let private expert obs =
    let hand, lever = Obs.hand obs, Obs.object obs + Vec3.create 0.0 -0.055 0.0
    let pulled = lever + Vec3.create 0.0 0.08 0.02
    Sawyer.move 25.0 hand (Sawyer.fetch hand lever (0.02, -0.1) (0.02, 0.0) pulled) 1.0

/// Success: the lever is within 7.5 degrees of upright.
let leverPull = {
    Sawyer.task "lever-pull-v3" "lever" place start expert with
        Objective = "Pull a lever up by a quarter of a turn."
        HandInit = Sawyer.single 0.0f 0.4f 0.2f
        HandLow = Vec3.create -0.5 0.4 -0.15
        GoalBounds = Some(Vec3.create -0.5 0.4 -0.15, snd Workspace.bounds)
        SettledStateIsShared = false
        RandomLow = [| -0.1; 0.7; 0.0 |]
        RandomHigh = [| 0.1; 0.8; 0.0 |]
        Watch = [ tip; shape ]
        Joints = [ "LeverAxis" ]
        Objects = Sawyer.observed tip shape
}
