/// Replays of MTEnv's classic families, one step from each recorded state with the recorded random draws, of its
/// wrappers, and of the streams of Gym's seeds (golden kinds "mtenv/…").
module internal MtrlFunctional.Verification.ClassicTraces

open System.Text.RegularExpressions
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Training
open MtrlFunctional.Verification.Recorded

/// Of motions by formulas.
let private formulas = Relative 1e-12

/// The checks of each task, "task0/" and so on, or episode.
let private ofEach start verify (part: Quantities) =
    part.Each start "" |> List.collect verify

/// Starts of all steps: the initial state, then each recorded one but the last.
let private befores (initial: 'state) (states: 'state[]) =
    Array.append [| initial |] states[.. states.Length - 2]

let private observed (rules: Rules<'task, 'state>) task state =
    let into = Array.zeroCreate rules.ObsSize
    rules.Observe.Invoke(task, state, System.Span into)
    into

/// A step without a draw.
let private step (rules: Rules<'task, 'state>) task state action =
    rules.Step.Invoke(task, state, action, Key.ofSeed 0L)

/// Observations of the task, of the initial state and of the states after each step.
let private observations (rules: Rules<_, _>) taskState initial states =
    let task = rules.TaskOf taskState

    [
        "task_obs", rules.ObserveTask taskState
        "reset_obs", observed rules task initial
        "env_obs", Array.collect (observed rules task) states
    ]

let private motion (rules: Rules<_, _>) rewards physics (part: Quantities) =
    let taskState = part.Numbers "task_state"
    let initial = rules.StateOf(part.Numbers "init_state")
    let states = part.Rows "states" |> Array.map rules.StateOf

    let steps =
        part.Ints "actions"
        |> Array.map2 (step rules (rules.TaskOf taskState)) (befores initial states)

    part.All formulas [
        "physics", physics taskState
        "states", steps |> Array.collect (_.Next >> rules.NumbersOf)
        "dones", steps |> Array.map (_.Terminal >> flag)
        "rewards", rewards steps
        yield! observations rules taskState initial states
    ]

/// 1 until the step that ends the episode, that step included; 0 for steps after it.
let private untilTerminal (steps: Transition<_>[]) =
    (false, steps)
    ||> Array.mapFold (fun isOver step -> flag (not isOver), isOver || step.Terminal)
    |> fst

let private cartPole =
    motion CartPole.rules untilTerminal (fun taskState ->
        let p = CartPole.physics taskState
        [| p.Gravity; p.CartMass; p.PoleMass; p.HalfLength; p.Force |])

let private acrobot =
    motion Acrobot.rules (Array.map _.Reward) (fun taskState ->
        let p = Acrobot.physics taskState
        let lengths, masses = [| p.Length1; p.Length2 |], [| p.Mass1; p.Mass2 |]
        [| yield! lengths; yield! masses; 0.5; 0.5; 1.0; -p.Torque; 0.0; p.Torque |])

/// Episodes without an end, whose rewards are decided by the recorded uniform draws.
let private drawn rules taskState rewards initial states (part: Quantities) =
    part.All exact [
        "rewards", rewards
        "dones", Array.zeroCreate rewards.Length
        yield! observations rules taskState initial states
    ]

let private tabularMdp (file: Quantities) =
    let rules =
        TabularMdp.rules (int (file.Text "n_states")) (int (file.Text "n_actions"))

    file
    |> ofEach "task" (fun part ->
        let taskState =
            Array.collect part.Numbers [| "reward_matrix"; "transition_matrix" |]

        let initial, current = (part.Ints "init_state")[0], part.Ints "states"
        let reward = TabularMdp.reward (rules.TaskOf taskState)

        let rewards =
            (befores initial current, part.Ints "actions", part.Numbers "reward_uniform")
            |||> Array.map3 reward

        let state current reward : TabularMdp.State = { Current = current; LastReward = reward }
        let states = Array.map2 state current rewards
        drawn rules taskState rewards (state initial 0.0) states part)

/// A bandit whose task state is its vector of probabilities, or a row of the recorded table.
let private bandit (file: Quantities) =
    let table = "possible_task_observations"

    let rules =
        if file.Has table then
            Bandits.finite (file.Rows table)
        else
            Bandits.uniform (int (file.Text "n_arms"))

    file
    |> ofEach "task" (fun part ->
        let taskState = part.Numbers "task_state"
        let reward = Bandits.reward (rules.TaskOf taskState)

        let rewards =
            Array.map2 reward (part.Ints "actions") (part.Numbers "reward_uniform")

        let idle = Array.map (fun _ -> Bandits.Idle) rewards
        drawn rules taskState rewards Bandits.Idle idle part)

/// The numbers of walls, independent of their order and directions.
let private unordered (walls: seq<TwoGoalMaze.Point * TwoGoalMaze.Point>) = [|
    for a, b in walls |> Seq.map (fun (a, b) -> min a b, max a b) |> Seq.sort do
        yield! [ a.X; a.Z; b.X; b.Z ]
|]

let private maze (file: Quantities) =
    let rules = TwoGoalMaze.rules (file.Number "size_x") (file.Number "size_y") true
    let point (x: float[]) : TwoGoalMaze.Point = { X = x[0]; Z = x[2] }

    file
    |> ofEach "episode" (fun part ->
        let taskState = part.Numbers "task_state"
        let maze, boxes = rules.TaskOf taskState, part.Rows "box_pos" |> Array.map point

        let initial: TwoGoalMaze.State = {
            Box0 = boxes[0]
            Box1 = boxes[1]
            Agent = point (part.Numbers "agent_pos")
            Heading = (part.Numbers "agent_dir")[0]
            TotalReward = 0.0
            HasMoved = false
        }

        let steps =
            (initial, part.Ints "actions")
            ||> Array.mapFold (fun state action ->
                let step = step rules maze state action
                step, step.Next)
            |> fst

        let later = steps |> Array.map (fun step -> observed rules maze step.Next)
        let walls = [ for struct (a, b) in maze.Walls -> a, b ]

        let recorded = [
            for w in part.Numbers "wall_segs" |> Array.chunkBySize 6 -> point w[..2], point w[3..]
        ]

        part.Against rounding "wall_segs" (unordered recorded) (unordered walls)
        :: part.All rounding [
            "task_obs", rules.ObserveTask taskState
            "reset_obs", Array.truncate 4 (observed rules maze initial)
            "obs", later |> Array.collect (Array.truncate 4)
            "total_reward", later |> Array.map (Array.item 4)
            "rewards", steps |> Array.map _.Reward
            "dones", steps |> Array.map (_.Terminal >> flag)
            "agent_dir_t", steps |> Array.map _.Next.Heading
            "agent_pos_t",
            steps |> Array.collect (fun s -> [| s.Next.Agent.X; 0.0; s.Next.Agent.Z |])
        ])

/// Five steps of each picked task, whose actions count through some ("t mod 2").
let private wrappers (rules: Rules<_, _>) (file: Quantities) = [
    let actions = int (Regex.Match(file.Text "actions", @"mod (\d+)").Groups[1].Value)

    for at in [ "ntasks/"; "ntasksid/" ] do
        let part = file.Inner at
        let tasks, picked = part.Rows "tasks", part.Ints "picked_ids"

        let episode id start =
            let task = rules.TaskOf tasks[id]

            (rules.StateOf start, [| 0..4 |])
            ||> Array.scan (fun state t -> (step rules task state (t % actions)).Next)
            |> Array.tail
            |> Array.collect (observed rules task)

        yield!
            part.All formulas [
                "env_obs_5steps",
                part.Rows "init_states" |> Array.map2 episode picked |> Array.concat
                "task_obs",
                (if at = "ntasks/" then
                     picked |> Array.collect (fun id -> rules.ObserveTask tasks[id])
                 else
                     Array.map float picked)
            ]
]

/// Of rewards, with MTEnv's defaults and with the parameters of a text.
let private normalised (file: Quantities) =
    let checks at scale rate =
        let divided statistics reward =
            let next = RewardNormalization.observe rate reward statistics
            scale * RewardNormalization.divide reward next, next

        let rewards, last =
            (RewardNormalization.noRewards, file.Numbers "raw_rewards")
            ||> Array.mapFold divided

        (file.Inner at).All formulas [
            "rewards", rewards
            "final_reward_mean_var", [| last.Mean; last.Variance |]
        ]

    let number name =
        float (Regex.Match(file.Text "second_config", name + @" ([\d.e+-]+)").Groups[1].Value)

    checks "reward_only/" 1.0 0.001
    @ checks "both_scaled/" (number "scale_reward") (number "reward_alpha")

/// Each part starts a generator anew: "seed5/uniform".
let private gymStreams (file: Quantities) = [
    for name in file.Names do
        match name.Split '/' with
        | [| seed; part |] when seed.StartsWith "seed" ->
            let words = GymSeed.words (int64 (seed.Substring 4))
            let generator = Mt19937.OfWords words

            let draw next =
                Array.init (file.Numbers name).Length (fun _ -> next ())

            file.Check
                exact
                name
                (match part with
                 | "words" -> words |> Array.map float
                 | "uniform" -> draw generator.Uniform
                 | "normal" -> draw generator.Normal
                 | _ -> draw (fun () -> float (generator.Below 10u)))
        | _ -> ()
]

let kinds: Kinds = [
    "mtenv/cartpole", ofEach "task" cartPole
    "mtenv/acrobot", ofEach "task" acrobot
    "mtenv/tabular_mdp_", tabularMdp
    "mtenv/bandit_", bandit
    "mtenv/two_goal_maze", maze
    "mtenv/wrappers_cartpole", wrappers CartPole.rules
    "mtenv/wrappers_acrobot", wrappers Acrobot.rules
    "mtenv/normalized_env_wrapper", normalised
    "mtenv/seeding", gymStreams
]
