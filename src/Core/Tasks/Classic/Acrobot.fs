/// Two links that hang from a joint; the joint between them is driven. Lengths, masses and the order of
/// the torques vary from task to task.
///
/// Source: Sutton 1996, "Generalization in reinforcement learning"; equations of Sutton and Barto's book;
/// variation: MTEnv, MTAcrobot. Units are SI, angles in radians.
module MtrlFunctional.Tasks.Classic.Acrobot

open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// The constants of a task. Centres of mass stay at 0.5 and moments of inertia at 1; the length of the
/// second link does not enter the motion.
type Physics = {
    Length1: float
    Length2: float
    Mass1: float
    Mass2: float
    /// Torque of action 2; action 0 is its negative, action 1 is 0.
    Torque: float
}

/// Angles of the links, the second relative to the first, and their velocities.
[<Struct>]
type State = { Angle1: float; Angle2: float; Spin1: float; Spin2: float }

let private stepSeconds = 0.2
let private gravity = 9.8
let private centre1, internal centre2, internal inertia = 0.5, 0.5, 1.0

let private spinLimit1, internal spinLimit2 =
    4.0 * Math.PI + Math.PI, 9.0 * Math.PI + 2.0 * Math.PI

/// The constants for μ in [−1, 1]⁷; μ₄ and μ₅ have no effect.
let physics (mu: float[]) : Physics = {
    Length1 = 1.0 + 0.5 * mu[0]
    Length2 = 1.0 + 0.5 * mu[1]
    Mass1 = 1.0 + 0.5 * mu[2]
    Mass2 = 1.0 + 0.5 * mu[3]
    Torque = if mu[6] > 0.0 then 1.0 else -1.0
}

/// Whether the tip is above the line: one length of the first link over the joint, for links of length 1.
let isTerminal (s: State) =
    -cos s.Angle1 - cos (s.Angle1 + s.Angle2) > 1.0

/// The derivative of a state by time.
let private rate (p: Physics) torque (s: State) : State =
    let struct (sin2, cos2) = Math.SinCos s.Angle2
    let l1, m1, m2 = p.Length1, p.Mass1, p.Mass2

    let d1 =
        m1 * (centre1 * centre1)
        + m2 * (l1 * l1 + centre2 * centre2 + 2.0 * l1 * centre2 * cos2)
        + inertia
        + inertia

    let d2 = m2 * (centre2 * centre2 + l1 * centre2 * cos2) + inertia
    let phi2 = m2 * centre2 * gravity * cos (s.Angle1 + s.Angle2 - Math.PI / 2.0)

    let phi1 =
        -m2 * l1 * centre2 * (s.Spin2 * s.Spin2) * sin2
        - 2.0 * m2 * l1 * centre2 * s.Spin2 * s.Spin1 * sin2
        + (m1 * centre1 + m2 * l1) * gravity * cos (s.Angle1 - Math.PI / 2.0)
        + phi2

    let rate2 =
        (torque + d2 / d1 * phi1 - m2 * l1 * centre2 * (s.Spin1 * s.Spin1) * sin2 - phi2)
        / (m2 * (centre2 * centre2) + inertia - d2 * d2 / d1)

    {
        Angle1 = s.Spin1
        Angle2 = s.Spin2
        Spin1 = -(d2 * rate2 + phi1) / d1
        Spin2 = rate2
    }

/// s + h · rate.
let private along (s: State) h (rate: State) : State = {
    Angle1 = s.Angle1 + h * rate.Angle1
    Angle2 = s.Angle2 + h * rate.Angle2
    Spin1 = s.Spin1 + h * rate.Spin1
    Spin2 = s.Spin2 + h * rate.Spin2
}

/// By whole turns into [−π, π].
let rec private wrap angle =
    if angle > Math.PI then wrap (angle - 2.0 * Math.PI)
    elif angle < -Math.PI then wrap (angle + 2.0 * Math.PI)
    else angle

/// The state after one step of the classical Runge-Kutta method.
let move (p: Physics) (s: State) action : State =
    let torque = p.Torque * float (action - 1)
    let half = stepSeconds / 2.0
    let k1 = rate p torque s
    let k2 = rate p torque (along s half k1)
    let k3 = rate p torque (along s half k2)
    let k4 = rate p torque (along s stepSeconds k3)

    let sum a b c d =
        stepSeconds / 6.0 * (a + 2.0 * b + 2.0 * c + d)

    let limited limit x = min (max x -limit) limit

    {
        Angle1 = wrap (s.Angle1 + sum k1.Angle1 k2.Angle1 k3.Angle1 k4.Angle1)
        Angle2 = wrap (s.Angle2 + sum k1.Angle2 k2.Angle2 k3.Angle2 k4.Angle2)
        Spin1 = limited spinLimit1 (s.Spin1 + sum k1.Spin1 k2.Spin1 k3.Spin1 k4.Spin1)
        Spin2 = limited spinLimit2 (s.Spin2 + sum k1.Spin2 k2.Spin2 k3.Spin2 k4.Spin2)
    }

let private numbersOf s = [| s.Angle1; s.Angle2; s.Spin1; s.Spin2 |]

let private stateOf (numbers: float[]) : State = {
    Angle1 = numbers[0]
    Angle2 = numbers[1]
    Spin1 = numbers[2]
    Spin2 = numbers[3]
}

/// Each number uniform in [−0.1, 0.1].
let private start key : State =
    let draw i = 0.2 * Key.uniform (Key.at i key) - 0.1

    { Angle1 = draw 0L; Angle2 = draw 1L; Spin1 = draw 2L; Spin2 = draw 3L }

/// Reward −1 for each step that does not reach the line.
let private step =
    StepRule(fun p s action _ ->
        let next = move p s action
        let terminal = isTerminal next
        { Next = next; Reward = (if terminal then 0.0 else -1.0); Terminal = terminal })

let private observe =
    ObserveRule(fun (_: Physics) (s: State) into ->
        let struct (sin1, cos1) = Math.SinCos s.Angle1
        let struct (sin2, cos2) = Math.SinCos s.Angle2
        into[0] <- cos1
        into[1] <- sin1
        into[2] <- cos2
        into[3] <- sin2
        into[4] <- s.Spin1
        into[5] <- s.Spin2)

let private box = TaskSpace.Box(-1.0, 1.0, 7)

/// The family: task state and task observation are μ.
[<CompiledName("Rules")>]
let rules: Rules<Physics, State> = {
    ObsSize = 6
    Actions = 3
    Terminates = true
    SuccessReward = Some 0.0
    TaskStates = box
    TaskObs = box
    SampleTask = TaskSpace.sample box
    TaskOf = physics
    ObserveTask = id
    Start = fun _ key -> start key
    Step = step
    Observe = observe
    NumbersOf = numbersOf
    StateOf = stateOf
}
