/// Replays of MTEnv's classic families (golden kinds "mtenv/cartpole", "acrobot", "tabular_mdp_",
/// "bandit_", "two_goal_maze"): one step from each recorded state, with the recorded random draws.
module internal MtrlFunctional.Verification.ClassicTraces

open MtrlFunctional.Storage
open MtrlFunctional.Tasks.Classic

/// Relative, of motions by formulas.
let private rounding = 1e-12

/// The prefixes "task0/", "task1/", … of a file, in order.
let private parts (name: string) (file: SafetensorsFile) =
    Seq.initInfinite (fun i -> $"{name}{i}/")
    |> Seq.takeWhile (fun prefix -> file.Names |> Seq.exists _.StartsWith(prefix))
    |> List.ofSeq

let private rows width (numbers: float[]) = Array.chunkBySize width numbers

/// Starts of all steps: the initial state, then each recorded one but the last.
let private befores (initial: 'state) (states: 'state[]) =
    Array.append [| initial |] states[.. states.Length - 2]

let private observed (rules: Rules<'task, 'state>) task state =
    let into = Array.zeroCreate rules.ObsSize
    rules.Observe.Invoke(task, state, System.Span into)
    into

let private isTrue condition = if condition then 1.0 else 0.0

/// Observations of the task, of the initial state and of the states after each step.
let private observations
    (file: SafetensorsFile)
    at
    (rules: Rules<'task, 'state>)
    taskState
    initial
    states
    = [
    let check name =
        Check.relative file.Path rounding (at + name) (file.ReadDoubles(at + name))

    let task = rules.TaskOf taskState
    check "task_obs" (rules.ObserveTask taskState)
    check "reset_obs" (observed rules task initial)
    check "env_obs" (states |> Array.collect (observed rules task))
]

let private motion (file: SafetensorsFile) at (rules: Rules<'task, 'state>) move isTerminal reward =
    let read name = file.ReadDoubles(at + name)

    let check name =
        Check.relative file.Path rounding (at + name) (read name)

    let taskState, actions = read "task_state", read "actions" |> Array.map int
    let initial = rules.StateOf(read "init_state")
    let states = read "states" |> rows 4 |> Array.map rules.StateOf

    let next =
        Array.map2 (move (rules.TaskOf taskState)) (befores initial states) actions

    let terminal = next |> Array.map isTerminal

    [
        check "states" (Array.collect rules.NumbersOf next)
        check "dones" (Array.map isTrue terminal)
        check "rewards" (reward terminal)
        yield! observations file at rules taskState initial states
    ]

/// 1 until the step that ends the episode, that step included; 0 for steps after it.
let private untilTerminal terminal =
    terminal
    |> Array.mapFold
        (fun isOver terminal -> (if isOver then 0.0 else 1.0), isOver || terminal)
        false
    |> fst

let private cartPole (file: SafetensorsFile) = [
    for at in parts "task" file do
        let p = CartPole.physics (file.ReadDoubles(at + "task_state"))

        Check.relative file.Path rounding (at + "physics") (file.ReadDoubles(at + "physics")) [|
            p.Gravity
            p.CartMass
            p.PoleMass
            p.HalfLength
            p.Force
        |]

        yield! motion file at CartPole.rules CartPole.move CartPole.isTerminal untilTerminal
]

let private acrobot (file: SafetensorsFile) = [
    for at in parts "task" file do
        let p = Acrobot.physics (file.ReadDoubles(at + "task_state"))

        Check.relative file.Path rounding (at + "physics") (file.ReadDoubles(at + "physics")) [|
            p.Length1
            p.Length2
            p.Mass1
            p.Mass2
            0.5
            0.5
            1.0
            -p.Torque
            0.0
            p.Torque
        |]

        let reward = Array.map (fun terminal -> if terminal then 0.0 else -1.0)

        yield! motion file at Acrobot.rules Acrobot.move Acrobot.isTerminal reward
]

let private tabularMdp (file: SafetensorsFile) = [
    let states, actions = int file.Metadata["n_states"], int file.Metadata["n_actions"]

    let rules = TabularMdp.rules states actions

    for at in parts "task" file do
        let read name = file.ReadDoubles(at + name)

        let check name =
            Check.absolute file.Path 0.0 (at + name) (read name)

        let taskState = Array.append (read "reward_matrix") (read "transition_matrix")
        let tables = rules.TaskOf taskState
        let initial = read "init_state" |> Array.head |> int
        let current = read "states" |> Array.map int

        let rewards =
            Array.map3
                (TabularMdp.reward tables)
                (befores initial current)
                (read "actions" |> Array.map int)
                (read "reward_uniform")

        let state current reward : TabularMdp.State = { Current = current; LastReward = reward }
        check "rewards" rewards
        check "dones" (Array.zeroCreate current.Length)

        yield!
            Array.map2 state current rewards
            |> observations file at rules taskState (state initial 0.0)
]

/// A bandit whose task state is its vector of probabilities, or a row of the recorded table.
let private bandit (file: SafetensorsFile) = [
    let arms = int file.Metadata["n_arms"]
    let table = "possible_task_observations"

    let rules =
        if Seq.contains table file.Names then
            Bandits.finite (file.ReadDoubles table |> rows arms)
        else
            Bandits.uniform arms

    for at in parts "task" file do
        let read name = file.ReadDoubles(at + name)

        let check name =
            Check.absolute file.Path 0.0 (at + name) (read name)

        let actions = read "actions" |> Array.map int
        let taskState = read "task_state"
        let probabilities = rules.TaskOf taskState

        check "rewards" (Array.map2 (Bandits.reward probabilities) actions (read "reward_uniform"))
        check "dones" (Array.zeroCreate actions.Length)

        yield!
            Array.create actions.Length Bandits.Idle
            |> observations file at rules taskState Bandits.Idle
]

/// The numbers of walls, independent of their order and directions.
let private unordered (walls: (TwoGoalMaze.Point * TwoGoalMaze.Point)[]) =
    walls
    |> Array.map (fun (a, b) -> min a b, max a b)
    |> Array.sort
    |> Array.collect (fun (a, b) -> [| a.X; a.Z; b.X; b.Z |])

let private maze (file: SafetensorsFile) = [
    let size name =
        System.Double.Parse(file.Metadata[name], System.Globalization.CultureInfo.InvariantCulture)

    let rules = TwoGoalMaze.rules (size "size_x") (size "size_y") true

    for at in parts "episode" file do
        let read name = file.ReadDoubles(at + name)

        let check name =
            Check.absolute file.Path rounding (at + name) (read name)

        let maze = rules.TaskOf(read "task_state")
        let point (x: float[]) : TwoGoalMaze.Point = { X = x[0]; Z = x[2] }
        let boxes = read "box_pos" |> rows 3 |> Array.map point

        let initial: TwoGoalMaze.State = {
            Box0 = boxes[0]
            Box1 = boxes[1]
            Agent = point (read "agent_pos")
            Heading = (read "agent_dir")[0]
            TotalReward = 0.0
            HasMoved = false
        }

        let steps =
            read "actions"
            |> Array.map int
            |> Array.scan
                (fun (last: Transition<TwoGoalMaze.State>) action ->
                    rules.Step.Invoke(
                        maze,
                        last.Next,
                        action,
                        MtrlFunctional.Randomness.Key.ofSeed 0L
                    ))
                { Next = initial; Reward = 0.0; Terminal = false }

        let obs = steps |> Array.map (fun step -> observed rules maze step.Next)
        let steps = Array.tail steps

        check "task_obs" (rules.ObserveTask(read "task_state"))
        check "reset_obs" (Array.truncate 4 obs[0])
        check "obs" (Array.tail obs |> Array.collect (Array.truncate 4))
        check "total_reward" (Array.tail obs |> Array.map (fun o -> o[4]))
        check "rewards" (steps |> Array.map _.Reward)
        check "dones" (steps |> Array.map (_.Terminal >> isTrue))
        check "agent_dir_t" (steps |> Array.map _.Next.Heading)

        check
            "agent_pos_t"
            (steps
             |> Array.collect (fun step -> [| step.Next.Agent.X; 0.0; step.Next.Agent.Z |]))

        let recorded =
            read "wall_segs" |> rows 6 |> Array.map (fun w -> point w[..2], point w[3..])

        let computed = maze.Walls |> Array.map (fun struct (a, b) -> a, b)

        Check.absolute
            file.Path
            rounding
            (at + "wall_segs")
            (unordered recorded)
            (unordered computed)
]

/// Golden kinds and their replays.
let kinds = [
    "mtenv/cartpole", cartPole
    "mtenv/acrobot", acrobot
    "mtenv/tabular_mdp_", tabularMdp
    "mtenv/bandit_", bandit
    "mtenv/two_goal_maze", maze
]
