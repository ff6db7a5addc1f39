/// Coffee-pull and coffee-push: draw a mug away from a coffee machine, or push it under it.
module internal MtrlFunctional.Tasks.MetaWorld.CoffeeMug

open MtrlFunctional.Tasks

let private mug, shape = Body "obj", Geom "mug"

/// `machine`: start index in the randomisation vector of the point in front of which the machine
/// is.
let private place machine random _ = [
    yield! CoffeeButton.putMug (Sawyer.part 0 random)
    PlaceBody("coffee_machine", Sawyer.part machine random + Vec3.create 0.0 0.22 0.0)
    PlaceSite("mug_goal", Sawyer.part 3 random)
]

let private grip = {
    ObjectRadius = 0.02
    PadReach = 0.05
    FrontReach = 0.05
    Effort = 0.7
    Density = NearCounts 0.04
}

/// The x and y axes have weight 2.
let private scale = Vec3.create 2.0 2.0 1.0

let private reward (start: Start) step =
    let mug, opening = Obs.object step.Obs, Obs.opening step.Obs
    let away = Vec3.norm ((mug - start.Target) * scale)

    let inPlace =
        away |> Reward.near 0.05 (Vec3.norm ((start.Object - start.Target) * scale))

    let toObject = Vec3.distance mug (StepState.tcp step)
    let grasp = Gripper.cage grip start mug step
    let both = Reward.both grasp inPlace

    let reward =
        RewardTerms.carried (away < 0.05) (toObject < 0.04 && opening > 0.0) both inPlace

    RewardTerms.withOpening step (toObject, Vec3.distance mug start.Target) (grasp, inPlace) reward

let private pullRewardV1 (start: Start) step =
    let mug = Obs.object step.Obs
    let reach = Vec3.distance (StepState.tcp step) mug
    let away = Vec3.distanceXY mug start.Target
    // The original does not subtract the hand here.
    let aside = Vec3.norm { mug with Z = start.Tcp.Z }

    let approach =
        if aside >= 0.05 then
            -aside
        elif reach < 0.05 then
            -reach + 0.1 + max (StepState.effort step) 0.0 / 50.0
        else
            -reach + 0.1

    let pulled =
        if reach < 0.05 then
            RewardV1.bonus (Vec3.distanceXY start.Object start.Target) away
        else
            0.0

    RewardTerms.onlyReward (approach + pulled) (Vec3.distance mug start.Target)

let private pushRewardV1 (start: Start) step = {
    Push.rewardV1 start step with
        ToTarget = Vec3.distance (Obs.object step.Obs) start.Target
}

let private start rewardV1 random settled _ =
    let start = RewardTerms.start settled (Sawyer.part 0 random) (Sawyer.part 3 random)

    RewardTerms.report 0.07 0.03 (fun step found -> step.Scene.Grasped && found.Opening > 0.0)
    |> RewardTerms.episode start (reward start) (rewardV1 start)

let private pullExpert obs =
    let hand, observed = Obs.hand obs, Obs.object obs
    let mug = observed + Vec3.create -0.005 0.0 0.05
    let gripped = observed + Vec3.create 0.01 0.0 0.05

    let desired = Sawyer.fetch hand mug (0.06, 0.15) (0.02, 0.0) (Obs.goal obs)
    Sawyer.move 10.0 hand desired (Sawyer.effort hand gripped (0.06, 0.1) (-1.0, 0.7))

let private pushExpert obs =
    let hand, mug = Obs.hand obs, Obs.object obs + Vec3.create 0.01 0.0 0.05
    let goal = { Obs.goal obs with Z = 0.1 }
    let desired = Sawyer.fetch hand mug (0.06, 0.2) (0.02, 0.0) goal
    Sawyer.move 10.0 hand desired (Sawyer.effort hand mug (0.06, 0.1) (-1.0, 0.5))

let private task name place start expert = {
    Sawyer.task name "coffee" place start expert with
        HandInit = Vec3.create 0.0 0.4 0.2
        Accepts = Sawyer.apart 0.15
        Watch = [ mug; shape ]
        Graspable = Some "mug"
        Objects = Sawyer.observed mug shape
}

/// Success: the mug is within 7 cm of its target on the table.
let coffeePull = {
    task "coffee-pull-v3" (place 0) (start pullRewardV1) pullExpert with
        Objective = "Pull a mug away from a coffee machine."
        RandomLow = [| -0.05; 0.7; -0.001; -0.1; 0.55; -0.001 |]
        RandomHigh = [| 0.05; 0.75; 0.001; 0.1; 0.65; 0.001 |]
}

/// Success: the mug is within 7 cm of its target under the machine.
let coffeePush = {
    task "coffee-push-v3" (place 3) (start pushRewardV1) pushExpert with
        Objective = "Push a mug under a coffee machine."
        RandomLow = [| -0.1; 0.55; -0.001; -0.05; 0.7; -0.001 |]
        RandomHigh = [| 0.1; 0.65; 0.001; 0.05; 0.75; 0.001 |]
}
