/// A pole on a cart that is pushed left or right; five constants vary from task to task.
///
/// Source: Barto, Sutton and Anderson 1983, doi:10.1109/TSMC.1983.6313077; constants and their
/// variation: MTEnv, MTCartPole. Units are SI, angles in radians.
module MtrlFunctional.Tasks.Classic.CartPole

open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// The constants of a task.
type Physics = internal {
    Gravity: float
    CartMass: float
    PoleMass: float
    /// Half the length of the pole.
    HalfLength: float
    /// Force of action 1; action 0 is its negative.
    Force: float
}

/// Position and angle with their velocities.
[<Struct>]
type State = internal { X: float; Velocity: float; Angle: float; Spin: float }

let private stepSeconds = 0.02
let private positionLimit = 2.4
let private angleLimit = 12.0 * 2.0 * Math.PI / 360.0

/// The constants for μ in [−1, 1]⁵; μ = 0 is the usual cart-pole. A force of exactly 0 is 10.
let internal physics (mu: float[]) : Physics = {
    Gravity = 9.8 + 5.0 * mu[0]
    CartMass = 1.0 + 0.5 * mu[1]
    PoleMass = 0.1 + 0.09 * mu[2]
    HalfLength = 0.5 + 0.3 * mu[3]
    Force = if mu[4] = 0.0 then 10.0 else 10.0 * mu[4]
}

/// Whether the cart has left the track or the pole has fallen.
let internal isTerminal (s: State) =
    abs s.X > positionLimit || abs s.Angle > angleLimit

/// The state after a step of Euler's method: positions move by the velocities before the step.
let private move (p: Physics) (s: State) action : State =
    let force = if action = 1 then p.Force else -p.Force
    let struct (sin, cos) = Math.SinCos s.Angle
    let mass = p.PoleMass + p.CartMass
    let moment = p.PoleMass * p.HalfLength
    let pull = (force + moment * (s.Spin * s.Spin) * sin) / mass

    let spinRate =
        (p.Gravity * sin - cos * pull)
        / (p.HalfLength * (4.0 / 3.0 - p.PoleMass * (cos * cos) / mass))

    let velocityRate = pull - moment * spinRate * cos / mass

    {
        X = s.X + stepSeconds * s.Velocity
        Velocity = s.Velocity + stepSeconds * velocityRate
        Angle = s.Angle + stepSeconds * s.Spin
        Spin = s.Spin + stepSeconds * spinRate
    }

let private numbersOf s = [| s.X; s.Velocity; s.Angle; s.Spin |]

let private stateOf (numbers: float[]) : State = {
    X = numbers[0]
    Velocity = numbers[1]
    Angle = numbers[2]
    Spin = numbers[3]
}

/// Each number uniform in [−0.05, 0.05].
let private start key : State =
    let draw i = 0.1 * Key.uniform (Key.at i key) - 0.05

    { X = draw 0L; Velocity = draw 1L; Angle = draw 2L; Spin = draw 3L }

/// Reward 1 for each step of an episode, its last included.
let private step =
    StepRule(fun p s action _ ->
        let next = move p s action
        { Next = next; Reward = 1.0; Terminal = isTerminal next })

let private observe =
    ObserveRule(fun (_: Physics) (s: State) into ->
        into[0] <- s.X
        into[1] <- s.Velocity
        into[2] <- s.Angle
        into[3] <- s.Spin)

let private box = TaskSpace.Box(-1.0, 1.0, 5)

/// The family: task state and task observation are μ.
[<CompiledName("Rules")>]
let rules: Rules<Physics, State> = {
    ObsSize = 4
    Actions = 2
    Terminates = true
    SuccessReward = None
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

/// The force of μ₄ = 1.
let internal maxForce = 10.0

/// The family without tasks of weak forces: |force| is uniform in [`minForce`, 10] newtons.
/// Raises ArgumentOutOfRangeException for a force outside [0, 10].
let internal rulesFrom minForce : Rules<Physics, State> =
    ArgumentOutOfRangeException.ThrowIfNegative(minForce)
    ArgumentOutOfRangeException.ThrowIfGreaterThan(minForce, maxForce)
    let least = minForce / maxForce

    let strengthen (mu: float[]) =
        mu
        |> Array.mapi (fun i x ->
            if i = 4 then
                float (sign x) * (least + (1.0 - least) * abs x)
            else
                x)

    { rules with SampleTask = rules.SampleTask >> strengthen }
