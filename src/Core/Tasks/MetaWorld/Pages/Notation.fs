namespace MtrlFunctional.Tasks

/// A function used in the formulas of `TaskDescription`, defined by formulas.
type Notation = {
    /// Name and parameters: "near(x, radius, margin)".
    Signature: string
    /// One sentence on its purpose.
    Description: string
    /// Assignments; the last one to the function's name.
    Lines: string list
}

/// The non-arithmetic functions of the formulas; a test evaluates them. They are implemented in
/// `Reward`, `RewardTerms`, `Gripper` and `RewardV1`.
module Notation =
    let private define signature description lines = {
        Signature = signature
        Description = description
        Lines = lines
    }

    /// Tolerances, each in [0, 1].
    let tolerances = [
        define
            "inRange(x, low, high, margin)"
            "1 in a range; outside it decreases slowly, to 0.1 one margin away."
            [
                "past = low - x if x < low else x - high"
                "inRange = 1 if low <= x <= high else 0 if margin == 0"
                "          else 1 / ((3 * past / margin)**2 + 1)"
            ]
        define "near(x, radius, margin)" "The same, for a distance." [
            "near = inRange(x, 0, radius, margin)"
        ]
        define "nearOnly(x, radius, margin)" "As near, but decreases fast: no reward far away." [
            "past = -x if x < 0 else x - radius"
            "nearOnly = 1 if 0 <= x <= radius else 0 if margin == 0 else 0.1**(past / margin)**2"
        ]
        define "both(a, b)" "Soft \"and\": the Hamacher product." [
            "both = a * b / (a + b - a * b) if a + b - a * b > 0 else 0"
        ]
        define
            "upright(wanted, spread)"
            "Closeness of the orientation of the first object to a wanted one, at least 0."
            [ "upright = max(1 - norm(turned - wanted) / spread, 0)" ]
        define
            "throughBox(p, zero, one)"
            "Progress of a point through a box, from corner to corner; 1 outside of it."
            [
                "x = (p.x - zero.x) / (one.x - zero.x)"
                "y = (p.y - zero.y) / (one.y - zero.y)"
                "z = (p.z - zero.z) / (one.z - zero.z)"
                "alongX = min(zero.x, one.x) <= p.x <= max(zero.x, one.x)"
                "alongY = min(zero.y, one.y) <= p.y <= max(zero.y, one.y)"
                "alongZ = min(zero.z, one.z) <= p.z <= max(zero.z, one.z)"
                "throughBox = x * y * z if alongX and alongY and alongZ else 1"
            ]
        define
            "funnel(aside, radius, slope, height)"
            "The height above which the hand ought to stay, by its distance from an axis."
            [ "funnel = slope * log(aside - radius) + height if aside > radius else 0" ]
    ]

    let grips = [
        define "inFront(p, start, front)" "Seen from the front, the tool centre point is at p." [
            "inFront = near(distanceXZ(tcp, p), front, distanceXZ(start, tcp0) - front)"
        ]
        define
            "padThere(pad, p, start, radius, pads)"
            "A pad stands beside p, between the radius of the object and the reach of the pads."
            [
                "margin = abs(abs(pad.y - start.y) - pads)"
                "padThere = inRange(abs(pad.y - p.y), radius, pads, margin)"
            ]
        define
            "caged(p, start, radius, pads, front)"
            "p is between the pads: `radius` and `pads` are distances of a pad from p, `front` is one of the tool centre point."
            [
                "left = padThere(leftPad, p, start, radius, pads)"
                "right = padThere(rightPad, p, start, radius, pads)"
                "caged = both(both(left, right), inFront(p, start, front))"
            ]
        define
            "grip(p, start, radius, pads, front, most)"
            "p is between the pads, and they close; an effort of `most` gives the full term."
            [
                "cage = caged(p, start, radius, pads, front)"
                "grip = both(cage, clip(effort, 0, most) / most if cage > 0.97 else 0)"
            ]
        define
            "gripCaged(p, start, radius, pads, front, most)"
            "The same, half of it for being between the pads."
            [
                "cage = caged(p, start, radius, pads, front)"
                "gripCaged = (grip(p, start, radius, pads, front, most) + cage) / 2"
            ]
        define
            "gripNear(p, start, radius, pads, front, most, reach)"
            "The same, half of it for being within `reach`."
            [
                "margin = abs(distance(start, tcp0) - reach)"
                "close = near(distance(p, tcp), reach, margin)"
                "gripNear = (grip(p, start, radius, pads, front, most) + close) / 2"
            ]
        define
            "pinched(p, radius, outer)"
            "Each pad stands on its own side of p, between two distances."
            [
                "left = leftPad.y - p.y"
                "right = p.y - rightPad.y"
                "leftThere = inRange(left, radius, outer, abs(abs(left) - 0.05))"
                "rightThere = inRange(right, radius, outer, abs(abs(right) - 0.05))"
                "pinched = both(leftThere, rightThere)"
            ]
        define "gripPuck(p, start)" "The grip of pick-place." [
            "cage = both(pinched(p, 0.015, 0.05), inFront(p, start, 0.005))"
            "closed = clip(effort, 0, 1) if cage > 0.97 else 0"
            "gripPuck = (both(cage, closed) + cage) / 2"
        ]
        define
            "gripSweep(p, start, radius, slack, front)"
            "The grip of sweeping: depends on the distances of the pads, not on the effort."
            [
                "cage = both(pinched(p, radius, 0.05), inFront(p, start, front))"
                "held = pinched(p, radius, radius + slack) if cage > 0.95 else 0"
                "gripSweep = (cage + held) / 2"
            ]
    ]

    /// Terms of version 1, unbounded.
    let version1 = [
        define
            "distanceReward(wide, narrow, way, away)"
            "For an object at distance `away` from its target, initially `way`."
            [
                "distanceReward = 1000 * (way - away) + 1000 * (exp(-away**2 / wide) + exp(-away**2 / narrow))"
            ]
        define "bonus(way, away)" "The distance reward with the common widths, at least 0." [
            "bonus = max(distanceReward(0.01, 0.001, way, away), 0)"
        ]
        define "gate(reach, progress)" "Minus the distance; within 5 cm the progress is added." [
            "gate = -reach + (progress if reach < 0.05 else 0)"
        ]
        define
            "bring(way, away, point, p)"
            "Reach p with a point of the hand, then move it to its target."
            [ "bring = gate(distance(p, point), bonus(way, away))" ]
        define
            "approach(p, over, penalty)"
            "Move over p at the initial height, down to it, close the gripper."
            [
                "reach = distance(p, tcp)"
                "aside = distanceXY(p, tcp)"
                "approach = -reach + max(effort, 0) / 50 if reach < 0.05 else -reach if aside < over"
                "           else -aside - penalty * abs(tcp.z - tcp0.z)"
            ]
        define
            "isDropped(p, resting, away)"
            "p is on the table, away from its target and out of the hand."
            [
                "isDropped = p.z < resting + 0.005 and away > 0.02 and distance(p, tcp) > 0.02"
            ]
        define
            "raised(p, liftTo, resting, ground, away)"
            "100 times the height of p above `ground`, at most that of `liftTo`."
            [
                "picked = p.z >= liftTo - 0.01 and not isDropped(p, resting, away)"
                "partly = distance(p, tcp) < 0.1 and p.z > resting + 0.005"
                "raised = 100 * (liftTo - ground) if picked"
                "         else 100 * (min(liftTo, p.z) - ground) if partly else 0"
            ]
        define
            "carried(p, liftTo, resting, way, away, toPlace)"
            "For a lifted p that is `toPlace` from its place."
            [
                "picked = p.z >= liftTo - 0.01 and not isDropped(p, resting, away)"
                "carried = bonus(way, toPlace) if picked and distance(p, tcp) < 0.1 else 0"
            ]
        define
            "pick(p, over, penalty, resting, height, away)"
            "Approach, raise by `height` and carry to the target."
            [
                "liftTo = resting + height"
                "way = distance((start.x, start.y, liftTo), target) + liftTo"
                "come = approach(p, over, penalty) + raised(p, liftTo, resting, 0, away)"
                "pick = come + carried(p, liftTo, resting, way, away, away)"
            ]
    ]
