/// Two links that hang from a shoulder; only the elbow is driven.
module internal MtrlFunctional.Tasks.DmControl.Acrobot

let private domain = { Name = "acrobot"; Model = "acrobot"; Substeps = 1; Actions = 1 }

let private observation = [
    Definition.part "orientations" [
        for world in [ Axis.X; Axis.Z ] do
            for link in [ "upper_arm"; "lower_arm" ] do
                Quantity.BodyAxis(link, world, Axis.Z)
    ]
    Definition.velocities [ "shoulder"; "elbow" ]
]

/// Falls over `margin` with the distance of the tip to the target, whose radius is 0.2 m.
let private reward margin = {
    Of = [
        for site in [ "tip"; "target" ] do
            for axis in [ Axis.X; Axis.Y; Axis.Z ] do
                Quantity.SitePosition(site, axis)
    ]
    Value =
        let isReached = Tolerance.gaussian margin (0.0, 0.2)

        FormulaRule(fun x ->
            let dx, dy, dz = x[3] - x[0], x[4] - x[1], x[5] - x[2]
            Tolerance.value isReached (sqrt (dx * dx + dy * dy + dz * dz)))
}

let private task name margin =
    let description =
        "Swing the tip of the lower link up to the target and keep it there."

    Definition.task domain name description observation (reward margin)

/// Smooth reward.
let swingup = task "swingup" 1.0

/// Reward 0 or 1.
let swingupSparse = task "swingup_sparse" 0.0
