/// A room with two boxes, one of which is the goal. The colour of the west wall shows which: the agent
/// sees it when it faces west.
///
/// Source: MTEnv, MPTEnv over MiniWorld (Chevalier-Boisvert 2018), observations of type "xy". The room
/// is |x| ≤ SizeX, |z| ≤ SizeY; a strip 1 wide is open on each side. Lengths in metres, angles in
/// radians; an agent of heading φ moves along (cos φ, −sin φ) in (x, z).
module internal MtrlFunctional.Tasks.Classic.TwoGoalMaze

open System
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks

/// A position on the floor.
[<Struct>]
type Point = { X: float; Z: float }

/// A task: the room and which box is the goal, 0 or 1.
type Maze = {
    SizeX: float
    SizeY: float
    /// The ends of each wall.
    Walls: struct (Point * Point)[]
    Goal: int
}

/// Boxes, agent, and what the observation remembers of the last step.
[<Struct>]
type State = {
    Box0: Point
    Box1: Point
    Agent: Point
    Heading: float
    /// Rewards of the episode so far.
    TotalReward: float
    /// Whether the agent has taken a step; the wall is not seen before.
    HasMoved: bool
}

let private turn = 45.0 * Math.PI / 180.0
let private stride = 0.51
let private agentRadius = 0.4
let private boxRadius = sqrt (0.8 * 0.8 + 0.8 * 0.8) / 2.0

/// A box is reached within this distance, and an episode starts outside it.
let private reach = 2.0

let private distance a b =
    Math.Sqrt((a.X - b.X) * (a.X - b.X) + (a.Z - b.Z) * (a.Z - b.Z))

/// Of a point to the segment from a to b.
let private distanceToSegment a b p =
    let dx, dz = b.X - a.X, b.Z - a.Z
    let along = ((p.X - a.X) * dx + (p.Z - a.Z) * dz) / (dx * dx + dz * dz)
    let along = Math.Clamp(along, 0.0, 1.0)
    distance p { X = a.X + along * dx; Z = a.Z + along * dz }

/// The outline of room and strips.
let private walls x z =
    let corners = [|
        for x, z in
            [
                x, z
                x, z + 1.0
                -x, z + 1.0
                -x, z
                -x - 1.0, z
                -x - 1.0, -z
                -x, -z
                -x, -z - 1.0
                x, -z - 1.0
                x, -z
                x + 1.0, -z
                x + 1.0, z
            ] -> { X = x; Z = z }
    |]

    Array.init corners.Length (fun i -> struct (corners[i], corners[(i + 1) % corners.Length]))

/// Whether an agent at a point would touch a wall.
let private touchesWall maze p =
    let mutable touches = false

    for struct (a, b) in maze.Walls do
        touches <- touches || distanceToSegment a b p < agentRadius

    touches

let private touchesBox s p =
    distance p s.Box0 < agentRadius + boxRadius
    || distance p s.Box1 < agentRadius + boxRadius

/// One step forward; none where a wall or a box is in the way.
let private forward maze s =
    let next = {
        X = s.Agent.X + stride * cos s.Heading
        Z = s.Agent.Z - stride * sin s.Heading
    }

    if touchesWall maze next || touchesBox s next then
        s
    else
        { s with Agent = next }

/// The state after an action, without its reward: 0 turns left, 1 turns right, 2 moves forward, any
/// other does nothing.
let private move maze s action =
    let moved =
        match action with
        | 0 -> { s with Heading = s.Heading + turn }
        | 1 -> { s with Heading = s.Heading - turn }
        | 2 -> forward maze s
        | _ -> s

    { moved with HasMoved = true }

/// 1 near the goal, −1 near the other box (also where both are near), else 0.
let reward maze s =
    let goal, other = if maze.Goal = 0 then s.Box0, s.Box1 else s.Box1, s.Box0

    if distance s.Agent other < reach then -1.0
    elif distance s.Agent goal < reach then 1.0
    else 0.0

let private step =
    StepRule(fun maze s action _ ->
        let moved = move maze s action
        let reward = reward maze moved

        {
            Next = { moved with TotalReward = moved.TotalReward + reward }
            Reward = reward
            Terminal = reward <> 0.0
        })

/// Position in units of the room, heading, colour of the west wall where it is seen (1 for goal 1, −1
/// for goal 0), and the rewards so far.
let private observe =
    ObserveRule(fun maze s into ->
        let angle = Math.Atan2(cos s.Heading, -sin s.Heading)
        let seesWall = s.HasMoved && -1.7 < angle && angle < -1.5
        into[0] <- 2.1 * s.Agent.X / maze.SizeX - 1.0
        into[1] <- 2.1 * s.Agent.Z / maze.SizeY - 1.0
        into[2] <- angle

        into[3] <-
            if not seesWall then 0.0
            elif maze.Goal = 1 then 1.0
            else -1.0

        into[4] <- s.TotalReward)

/// The same, and the way from the agent to each box in units of the room.
let private observeBoxes =
    ObserveRule(fun maze s into ->
        observe.Invoke(maze, s, into)
        into[5] <- (s.Box0.X - s.Agent.X) / maze.SizeX
        into[6] <- (s.Box0.Z - s.Agent.Z) / maze.SizeY
        into[7] <- (s.Box1.X - s.Agent.X) / maze.SizeX
        into[8] <- (s.Box1.Z - s.Agent.Z) / maze.SizeY)

let private numbersOf s = [|
    for p in [ s.Box0; s.Box1; s.Agent ] do
        p.X
        p.Z
    s.Heading
    s.TotalReward
    if s.HasMoved then 1.0 else 0.0
|]

let private stateOf (numbers: float[]) : State =
    let point i = { X = numbers[2 * i]; Z = numbers[2 * i + 1] }

    {
        Box0 = point 0
        Box1 = point 1
        Agent = point 2
        Heading = numbers[6]
        TotalReward = numbers[7]
        HasMoved = numbers[8] = 1.0
    }

/// Uniform in the room without a margin.
let private place maze margin key =
    let within size twig =
        (size - margin) * (2.0 * Key.uniform (Key.at twig key) - 1.0)

    { X = within maze.SizeX 0L; Z = within maze.SizeY 1L }

/// The first of a number of places that is allowed.
let private tryPlace tries maze margin key isAllowed =
    Seq.init tries (fun i -> place maze margin (Key.at (int64 i) key))
    |> Seq.tryFind isAllowed

/// Boxes that do not touch, and an agent at least `reach` away from both; none where a try finds no room.
let private tryStart maze key =
    let branch name = Key.forPurpose name key
    let box0 = place maze boxRadius (branch "box0")

    let box1 =
        tryPlace 64 maze boxRadius (branch "box1") (fun p -> distance p box0 >= 2.0 * boxRadius)

    let start box1 agent = {
        Box0 = box0
        Box1 = box1
        Agent = agent
        Heading = turn * float (Key.below 8 (branch "heading")) - Math.PI
        TotalReward = 0.0
        HasMoved = false
    }

    box1
    |> Option.bind (fun box1 ->
        tryPlace 64 maze agentRadius (branch "agent") (fun p ->
            distance p box0 >= reach && distance p box1 >= reach)
        |> Option.map (start box1))

/// A room of the least size has places for an agent and two boxes.
let private leastSize = 2.0

let private start maze key =
    Seq.initInfinite (fun i -> tryStart maze (Key.at (int64 i) key)) |> Seq.pick id

/// The family of rooms of a size; the task state is the index of the goal. `isTaskVisible`: the task
/// observation is that index, else it is always 0.
/// Raises ArgumentOutOfRangeException for a size below 2.
[<CompiledName("Rules")>]
let rules sizeX sizeY isTaskVisible : Rules<Maze, State> =
    ArgumentOutOfRangeException.ThrowIfLessThan(sizeX, leastSize)
    ArgumentOutOfRangeException.ThrowIfLessThan(sizeY, leastSize)
    let goals, walls = TaskSpace.Discrete 2, walls sizeX sizeY

    {
        ObsSize = 5
        Actions = 3
        Terminates = true
        SuccessReward = Some 1.0
        TaskStates = goals
        TaskObs = goals
        SampleTask = TaskSpace.sample goals
        TaskOf = fun task -> { SizeX = sizeX; SizeY = sizeY; Walls = walls; Goal = int task[0] }
        ObserveTask = fun task -> if isTaskVisible then task else [| 0.0 |]
        Start = start
        Step = step
        Observe = observe
        NumbersOf = numbersOf
        StateOf = stateOf
    }

/// The rules with the boxes at the end of each observation. MTEnv's observation of type "xy" has none: both boxes are
/// placed alike in each episode, so that there the goal can only be guessed.
let withBoxes (rules: Rules<Maze, State>) : Rules<Maze, State> = {
    rules with
        ObsSize = 9
        Observe = observeBoxes
}
