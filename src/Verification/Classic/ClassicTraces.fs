/// Replays of MTEnv's classic families, one step from each recorded state with the recorded random draws, of its
/// wrappers, and of the streams of Gym's seeds (golden kinds "mtenv/…").
module internal MtrlFunctional.Verification.ClassicTraces

open System.Globalization
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

/// Observations of the task, of the initial state and of the states after each step.
let private observations
    tolerance
    (rules: Rules<_, _>)
    taskState
    initial
    states
    (part: Quantities)
    =
    let task = rules.TaskOf taskState

    [
        part.Check tolerance "task_obs" (rules.ObserveTask taskState)
        part.Check tolerance "reset_obs" (observed rules task initial)
        part.Check tolerance "env_obs" (states |> Array.collect (observed rules task))
    ]

let private motion (rules: Rules<_, _>) move isTerminal reward physics (part: Quantities) = [
    let taskState = part.Numbers "task_state"
    let initial = rules.StateOf(part.Numbers "init_state")

    let states = part.Numbers "states" |> Array.chunkBySize 4 |> Array.map rules.StateOf

    let next =
        Array.map2 (move (rules.TaskOf taskState)) (befores initial states) (part.Ints "actions")

    let terminal = next |> Array.map isTerminal
    part.Check formulas "physics" (physics taskState)
    part.Check formulas "states" (Array.collect rules.NumbersOf next)
    part.Check formulas "dones" (Array.map flag terminal)
    part.Check formulas "rewards" (reward terminal)
    yield! observations formulas rules taskState initial states part
]

/// 1 until the step that ends the episode, that step included; 0 for steps after it.
let private untilTerminal terminal =
    (false, terminal)
    ||> Array.mapFold (fun isOver terminal -> flag (not isOver), isOver || terminal)
    |> fst

let private cartPole =
    motion CartPole.rules CartPole.move CartPole.isTerminal untilTerminal (fun taskState ->
        let p = CartPole.physics taskState
        [| p.Gravity; p.CartMass; p.PoleMass; p.HalfLength; p.Force |])

let private acrobot =
    let reward = Array.map (fun terminal -> if terminal then 0.0 else -1.0)

    motion Acrobot.rules Acrobot.move Acrobot.isTerminal reward (fun taskState ->
        let p = Acrobot.physics taskState
        let lengths, masses = [| p.Length1; p.Length2 |], [| p.Mass1; p.Mass2 |]
        [| yield! lengths; yield! masses; 0.5; 0.5; 1.0; -p.Torque; 0.0; p.Torque |])

let private tabularMdp (file: Quantities) =
    let rules =
        TabularMdp.rules (int (file.Text "n_states")) (int (file.Text "n_actions"))

    file
    |> ofEach "task" (fun part ->
        let taskState =
            Array.append (part.Numbers "reward_matrix") (part.Numbers "transition_matrix")

        let initial, current = (part.Ints "init_state")[0], part.Ints "states"

        let rewards =
            Array.map3
                (TabularMdp.reward (rules.TaskOf taskState))
                (befores initial current)
                (part.Ints "actions")
                (part.Numbers "reward_uniform")

        let state current reward : TabularMdp.State = { Current = current; LastReward = reward }

        [
            part.Check exact "rewards" rewards
            part.Check exact "dones" (Array.zeroCreate current.Length)
            let states = Array.map2 state current rewards
            yield! observations exact rules taskState (state initial 0.0) states part
        ])

/// A bandit whose task state is its vector of probabilities, or a row of the recorded table.
let private bandit (file: Quantities) =
    let arms, table = int (file.Text "n_arms"), "possible_task_observations"

    let rules =
        if file.Has table then
            Bandits.finite (file.Numbers table |> Array.chunkBySize arms)
        else
            Bandits.uniform arms

    file
    |> ofEach "task" (fun part ->
        let actions, taskState = part.Ints "actions", part.Numbers "task_state"
        let idle = Array.create actions.Length Bandits.Idle

        [
            part.Numbers "reward_uniform"
            |> Array.map2 (Bandits.reward (rules.TaskOf taskState)) actions
            |> part.Check exact "rewards"
            part.Check exact "dones" (Array.zeroCreate actions.Length)
            yield! observations exact rules taskState Bandits.Idle idle part
        ])

/// The numbers of walls, independent of their order and directions.
let private unordered (walls: (TwoGoalMaze.Point * TwoGoalMaze.Point)[]) =
    walls
    |> Array.map (fun (a, b) -> min a b, max a b)
    |> Array.sort
    |> Array.collect (fun (a, b) -> [| a.X; a.Z; b.X; b.Z |])

let private maze (file: Quantities) =
    let rules = TwoGoalMaze.rules (file.Number "size_x") (file.Number "size_y") true
    let point (x: float[]) : TwoGoalMaze.Point = { X = x[0]; Z = x[2] }

    file
    |> ofEach "episode" (fun part ->
        let maze = rules.TaskOf(part.Numbers "task_state")
        let boxes = part.Numbers "box_pos" |> Array.chunkBySize 3 |> Array.map point

        let initial: TwoGoalMaze.State = {
            Box0 = boxes[0]
            Box1 = boxes[1]
            Agent = point (part.Numbers "agent_pos")
            Heading = (part.Numbers "agent_dir")[0]
            TotalReward = 0.0
            HasMoved = false
        }

        let step (last: Transition<TwoGoalMaze.State>) action =
            rules.Step.Invoke(maze, last.Next, action, Key.ofSeed 0L)

        let steps =
            part.Ints "actions"
            |> Array.scan step { Next = initial; Reward = 0.0; Terminal = false }

        let obs = steps |> Array.map (fun step -> observed rules maze step.Next)
        let steps, later = Array.tail steps, Array.tail obs

        let walls =
            part.Numbers "wall_segs"
            |> Array.chunkBySize 6
            |> Array.map (fun w -> point w[..2], point w[3..])

        [
            for name, computed in
                [
                    "task_obs", rules.ObserveTask(part.Numbers "task_state")
                    "reset_obs", Array.truncate 4 obs[0]
                    "obs", later |> Array.collect (Array.truncate 4)
                    "total_reward", later |> Array.map (fun o -> o[4])
                    "rewards", steps |> Array.map _.Reward
                    "dones", steps |> Array.map (_.Terminal >> flag)
                    "agent_dir_t", steps |> Array.map _.Next.Heading
                    "agent_pos_t",
                    steps |> Array.collect (fun s -> [| s.Next.Agent.X; 0.0; s.Next.Agent.Z |])
                ] do
                part.Check rounding name computed

            maze.Walls
            |> Array.map (fun struct (a, b) -> a, b)
            |> unordered
            |> part.Against rounding "wall_segs" (unordered walls)
        ])

/// Five steps with actions t mod 2 of each picked task.
let private cartPoleWrappers (file: Quantities) = [
    for at in [ "ntasks/"; "ntasksid/" ] do
        let part = file.Inner at

        let tasks, picked =
            part.Numbers "tasks" |> Array.chunkBySize 5, part.Ints "picked_ids"

        let rules = CartPole.rules

        let episode id start =
            (rules.StateOf start, seq { 0..4 })
            ||> Seq.scan (fun state t -> CartPole.move (rules.TaskOf tasks[id]) state (t % 2))
            |> Seq.tail
            |> Seq.map rules.NumbersOf
            |> Array.concat

        part.Numbers "init_states"
        |> Array.chunkBySize 4
        |> Array.map2 episode picked
        |> Array.concat
        |> part.Check formulas "env_obs_5steps"

        part.Check
            formulas
            "task_obs"
            (if at = "ntasks/" then
                 picked |> Array.collect (fun id -> rules.ObserveTask tasks[id])
             else
                 Array.map float picked)
]

/// Of rewards with MTEnv's defaults, and of all with the parameters of a text.
let private normalised (file: Quantities) =
    let low, high = file.Numbers "action_low", file.Numbers "action_high"
    let raw = file.Numbers "raw_obs" |> Array.chunkBySize 3

    let checks at rewardScale actionScale rewardRate obsRate =
        let part = file.Inner at

        let obs, ofObs =
            match obsRate with
            | Some rate ->
                (NormalizedEnv.noObservations 3, raw)
                ||> Array.mapFold (NormalizedEnv.observation rate)
            | None -> raw, NormalizedEnv.noObservations 3

        let rewards, ofRewards =
            (RewardNormalization.noRewards, file.Numbers "raw_rewards")
            ||> Array.mapFold (NormalizedEnv.reward rewardRate rewardScale)

        let action i =
            NormalizedEnv.action actionScale low[i % 2] high[i % 2]

        [
            part.Check formulas "reset_obs" obs[0]
            part.Check formulas "obs" (Array.concat obs[1..])
            part.Check formulas "rewards" rewards
            part.Check formulas "scaled_actions" (file.Numbers "actions" |> Array.mapi action)
            part.Check formulas "final_obs_mean" (ofObs |> Array.map _.Mean)
            part.Check formulas "final_obs_var" (ofObs |> Array.map _.Variance)
            part.Check formulas "final_reward_mean_var" [| ofRewards.Mean; ofRewards.Variance |]
        ]

    let number name =
        let found = Regex.Match(file.Text "second_config", name + @" ([\d.]+)")
        System.Double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)

    checks "reward_only/" 1.0 1.0 0.001 None
    @ checks
        "both_scaled/"
        (number "scale_reward")
        (number "expected_action_scale")
        (number "reward_alpha")
        (Some(number "obs_alpha"))

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
    "mtenv/wrappers_cartpole", cartPoleWrappers
    "mtenv/normalized_env_wrapper", normalised
    "mtenv/seeding", gymStreams
]
