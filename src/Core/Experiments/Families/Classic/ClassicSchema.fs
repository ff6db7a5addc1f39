/// The schema of the keys of classic families.
module internal MtrlFunctional.Experiments.ClassicSchema

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Tasks.Classic

/// A default for boxes of task states, and one for each of the finite families.
let private byFamily box maze finiteBandit =
    Default.By(fun c ->
        match c.Env.Family.TaskStates with
        | Some ClassicName.TwoGoalMaze -> maze
        | Some ClassicName.FiniteBandit -> finiteBandit
        | _ -> box)

let private states least = Codec.int least 1_000_000
let private number = Codec.int 1 100

let private size = Codec.between "from 2 to 1,000" 2.0 1000.0

let private parameters =
    record [
        key
            ClassicKeys.minForce
            (Codec.between "in [0, 10]" 0.0 CartPole.maxForce)
            (is 0.0)
            _.MinForce
        <| "mt-cartpole: the least |force| of a task, in newtons; the largest is 10"

        key "env.n_states" number (is 4) _.States <| "mt-tabular-mdp: states"

        key "env.n_actions" number (is 5) _.Actions <| "mt-tabular-mdp: actions"

        key "env.size_x" size (is 3.0) _.SizeX
        <| "mt-two-goal-maze: half the size of the room in x, metres"

        key "env.size_y" size (is 3.0) _.SizeY
        <| "mt-two-goal-maze: half the size of the room in z, metres"

        key "env.shows_boxes" Codec.flag (is false) _.ShowsBoxes
        <| "mt-two-goal-maze: whether an observation ends with the way to each box; MTEnv's does not, and its goal can only be guessed"

        key "env.n_arms" number (is 5) _.Arms <| "bandits: arms"

        key "env.n_tasks" (Codec.int 1 1_000) (is 10) _.Tasks
        <| "mt-finite-bandit: rows of its table of probabilities"
    ]

let schema =
    record<ClassicKeys> [
        key "env.task_seed" Codec.seed (is 1L) _.TaskSeed
        <| "classic families: seed of the task states, independent of setup.seed. Ours, as the following keys"

        key
            ClassicKeys.taskStates
            (states 1)
            (byFamily (is 100) (is 2) (like "env.n_tasks"))
            _.TaskStates
        <| "classic families: task states to train on; an episode has one of them. With env.num_envs above 1 each is a task"

        key ClassicKeys.testTaskStates (states 0) (byFamily (is 200) (is 0) (is 0)) _.TestTaskStates
        <| "classic families: task states of the evaluation, which the training does not have; 0: the training's"

        key ClassicKeys.trainBox (Codec.between "in [0.3, 1]" 0.3 1.0) (is 1.0) _.TrainBox
        <| "mt-cartpole, mt-acrobot: below 1, task states to train on are in a box, this share of each number's range around its middle, and evaluation states are outside it"

        key ClassicKeys.taskVisible Codec.flag (is true) _.TaskVisible
        <| "classic families: whether the task observation follows each observation"

        part parameters _.Parameters
    ]
