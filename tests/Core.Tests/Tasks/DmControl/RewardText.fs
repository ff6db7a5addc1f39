namespace MtrlFunctional.Tests.Tasks

open MtrlFunctional.Tasks.DmControl

/// The reward of a task as formulas in the syntax of Python's expressions, for its page. A test
/// compares them with the task.
type RewardText = {
    /// Names of the numbers that the reward reads, in the order of the task's `Reward.Of`.
    Names: string list
    /// Assignments; the last one to "reward".
    Lines: string list
}

/// Texts of the standard tasks.
module RewardText =
    let private text (names: string) lines = {
        Names = List.ofArray (names.Split ' ')
        Lines = lines
    }

    let private acrobot margin =
        text "tipX tipY tipZ targetX targetY targetZ" [
            "apart = distance((targetX, targetY, targetZ), (tipX, tipY, tipZ))"
            $"reward = nearOnly(apart, 0.2, {margin})"
        ]

    let private smoothPole =
        text "x effort cosine spin" [
            "upright = (cosine + 1) / 2"
            "centred = (1 + nearOnly(abs(x), 0, 2)) / 2"
            "slow = (1 + nearOnly(abs(spin), 0, 5)) / 2"
            "idle = (4 + max(1 - effort**2, 0)) / 5"
            "reward = upright * centred * slow * idle"
        ]

    let private sparsePole =
        text "x cosine" [ "reward = 1 if -0.25 <= x <= 0.25 and 0.995 <= cosine <= 1 else 0" ]

    let private turnFinger =
        text "targetX tipX targetZ tipZ radius" [
            "apart = norm((targetX - tipX, targetZ - tipZ))"
            "reward = 1 if apart <= radius else 0"
        ]

    let private reacher =
        text "targetX targetY targetRadius fingerX fingerY fingerRadius" [
            "apart = norm((targetX - fingerX, targetY - fingerY))"
            "reward = 1 if apart <= targetRadius + fingerRadius else 0"
        ]

    let private hopperStanding = "standing = 1 if 0.6 <= torso - foot <= 2 else 0"

    let private walkerStanding = [
        "high = nearOnly(max(1.2 - height, 0), 0, 0.6)"
        "standing = (3 * high + (1 + upright) / 2) / 4"
    ]

    let private walker speed =
        text
            "height upright speed"
            (walkerStanding
             @ [ $"reward = standing * (5 * clip(speed / {speed}, 0, 1) + 1) / 6" ])

    let private all =
        Map [
            "acrobot-swingup", acrobot 1
            "acrobot-swingup_sparse", acrobot 0
            "ball_in_cup-catch",
            text "targetX ballX halfWidth targetZ ballZ halfHeight radius" [
                "insideX = abs(targetX - ballX) < halfWidth - radius"
                "insideZ = abs(targetZ - ballZ) < halfHeight - radius"
                "reward = 1 if insideX and insideZ else 0"
            ]
            "cartpole-balance", smoothPole
            "cartpole-balance_sparse", sparsePole
            "cartpole-swingup", smoothPole
            "cartpole-swingup_sparse", sparsePole
            "cheetah-run", text "speed" [ "reward = clip(speed / 10, 0, 1)" ]
            "finger-spin", text "spin" [ "reward = 1 if spin <= -15 else 0" ]
            "finger-turn_easy", turnFinger
            "finger-turn_hard", turnFinger
            "hopper-stand",
            text "torso foot waist hip knee ankle" [
                hopperStanding
                "upper = max(1 - waist**2, 0) + max(1 - hip**2, 0)"
                "lower = max(1 - knee**2, 0) + max(1 - ankle**2, 0)"
                "reward = standing * ((upper + lower) / 4 + 4) / 5"
            ]
            "hopper-hop",
            text "torso foot speed" [ hopperStanding; "reward = standing * clip(speed / 2, 0, 1)" ]
            "pendulum-swingup",
            text "cosine" [ "reward = 1 if cos(8 * pi / 180) <= cosine <= 1 else 0" ]
            "reacher-easy", reacher
            "reacher-hard", reacher
            "walker-stand", text "height upright" (walkerStanding @ [ "reward = standing" ])
            "walker-walk", walker 1
            "walker-run", walker 8
        ]

    /// The text of a standard task.
    let ofTask task = all[DmControlTask.fullName task]
