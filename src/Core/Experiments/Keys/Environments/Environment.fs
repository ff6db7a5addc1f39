namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Training

/// Whether the observation contains the goal.
[<RequireQualifiedAccess>]
type Goals =
    | Visible
    | Hidden

/// When a task's goal is drawn.
[<RequireQualifiedAccess>]
type GoalSelection =
    /// Once, for the whole run.
    | Fixed
    /// At each reset, from the task's 50 goals.
    | Random

/// `env.*`: the tasks and how their episodes run.
type EnvironmentKeys = {
    /// `env.name`, by default the word of `env=`.
    Name: string
    /// Number of tasks, T.
    NumEnvs: int
    /// The id of a task is observed also where there is a single one: its networks were trained on several
    /// (`EvaluatedTasks`).
    IdentifiesOneTask: bool
    /// `env.benchmark.env_name`: the task of MT1 and ML1.
    BenchmarkTask: string
    /// Tasks in the order of their indices, with version suffix: "reach-v3".
    Tasks: string list
    /// Tasks of the evaluation: in meta-learning the test part, else `Tasks`.
    TestTasks: string list
    /// Sentences that describe the tasks, by task.
    Description: (string * string) list
    RewardVersion: RewardVersion
    Goals: Goals
    GoalSelection: GoalSelection
    /// Goals of each task of Meta-World in training, at least 1: `Suites.trainingGoals`.
    NumGoals: int
    /// Actions of an episode. Source: mtrl, 150; DeepMind Control: 1,000 control steps.
    Horizon: int
    RewardNormalization: RewardNormalization
    /// Folder of the original's assets; empty: the scenes of this program.
    Assets: string
    /// For classic families only.
    Classic: ClassicKeys
    /// For tasks of DeepMind Control only.
    DmControl: DmControlKeys
}

module internal EnvironmentKeys =
    open Schema

    let private key name = key $"env.{name}"
    let private keyBy name = keyBy $"env.{name}"
    let private ignored why name = ignored why $"env.{name}"

    /// The same with other tasks, for training and evaluation.
    let withTasks (tasks: string list) (env: EnvironmentKeys) = {
        env with
            Tasks = tasks
            TestTasks = tasks
            NumEnvs = tasks.Length
    }

    let private reward = Codec.oneOf [ "v2", RewardVersion.V2; "v1", RewardVersion.V1 ]
    let private goals = Codec.oneOf [ "visible", Goals.Visible; "hidden", Goals.Hidden ]

    let private selection =
        Codec.oneOf [ "fixed", GoalSelection.Fixed; "random", GoalSelection.Random ]

    let private normalization =
        Codec.oneOf [
            "running", RewardNormalization.Running
            "none", RewardNormalization.None
            "scaled", RewardNormalization.Scaled
        ]

    let private tasks =
        Default.By(fun c ->
            match c.Env.Tasks with
            | Some tasks -> is tasks
            | None -> Default.Value(Value.List [ Value.Text "${env.benchmark.env_name}" ]))

    let private testTasks =
        Default.By(fun c ->
            match c.Env.TestTasks with
            | Some tasks -> is tasks
            | None -> like "env.tasks")

    /// The default of the family, or another one.
    let private ofFamily path standard =
        Default.By(fun c ->
            match c.Env.Family.Defaults |> List.tryFind (fst >> (=) path) with
            | Some(_, value) -> Default.Value value
            | None -> standard)

    let private benchmarkClass =
        by (fun c ->
            match c.Env.Name with
            | name when name.StartsWith "metaworld-" ->
                $"metaworld.{name.Substring(10).ToUpperInvariant()}"
            | _ -> "")

    let private always =
        "env.reward_normalization decides; the original ignores this key"

    let schema =
        record [
            key "name" Codec.name (by _.Env.Name) _.Name
            <| "name of the benchmark; also names the file of sentence embeddings"

            key "num_envs" (Codec.int 1 10_000) (by _.Env.Count) _.NumEnvs
            <| "number of tasks; follows env.tasks. Of a classic family: above 1, each task has one task state"

            without false _.IdentifiesOneTask

            ignored "env= chooses it" "benchmark._target_" Codec.text benchmarkClass
            <| "class of the benchmark"

            key "benchmark.env_name" TaskNames.taskCodec (is "pick-place-v3") _.BenchmarkTask
            <| "the task of MT1 and ML1, with or without suffix: reach, reach-v1, reach-v2 and reach-v3 are the same"

            ignored
                "all tasks have the same spaces"
                "dummy.env_name"
                Codec.text
                (is "pick-place-v1")
            <| "task whose spaces the original asks for"

            keyBy "tasks" (fun c -> Codec.list c.Env.Family.TaskCodec) tasks _.Tasks
            <| "tasks in the order of their indices; of MT10, MT25 and MT50 without those that env.test_tasks names. Ours"

            keyBy "test_tasks" (fun c -> Codec.list c.Env.Family.TaskCodec) testTasks _.TestTasks
            <| "tasks of the evaluation: in meta-learning the test part's, else env.tasks. Ours"

            ignored
                "env.tasks decides"
                "ordered_task_list"
                (Codec.list Codec.text)
                (like "env.tasks")
            <| "tasks in order"

            key "description" (Codec.table Codec.text) (is []) _.Description
            <| "sentences that describe the tasks"

            key
                "reward_version"
                reward
                (byFidelity RewardVersion.V1 RewardVersion.V2)
                _.RewardVersion
            <| "reward of Meta-World; the original programs and the PTSL paper ran v1. Ours"

            key
                "goals"
                goals
                (by (fun c -> if c.Env.IsMetaLearning then Goals.Hidden else Goals.Visible))
                _.Goals
            <| "whether the policy observes the goal. Ours"

            key
                "goal_selection"
                selection
                (ofFamily "env.goal_selection" (byFidelity GoalSelection.Fixed GoalSelection.Random))
                _.GoalSelection
            <| "one goal or task state for the whole run, or one of all at each reset (Meta-World: 50). Ours"

            key "num_goals" (Codec.int 1 1_000_000) (is Goals.count) _.NumGoals
            <| "goals of each task of Meta-World that training draws from: 50 are the benchmark's; fewer are the first of these, more have others behind them. Evaluations have the benchmark's. Ours"

            key "horizon" (Codec.int 1 1_000_000) (by _.Env.Horizon) _.Horizon
            <| "steps of an episode; a step is one action. DeepMind Control: 1,000 control steps by default. Ours"

            key
                "reward_normalization"
                normalization
                (byPolicy
                    (is RewardNormalization.None)
                    (ofFamily
                        "env.reward_normalization"
                        (byFidelity RewardNormalization.Running RewardNormalization.None)))
                _.RewardNormalization
            <| "what is done to a reward before it is stored: divided by a running deviation, nothing, or divided by ten. Ours"

            ignored
                always
                "builder.make_kwargs.should_perform_reward_normalization"
                Codec.flag
                (is true)
            <| "normalise rewards"

            ignored always "should_perform_reward_normalization" Codec.flag (is true)
            <| "normalise rewards"

            key "assets" Codec.pathOrEmpty (is "") _.Assets
            <| "folder of Meta-World's own assets to load instead of the scenes of this program. Ours"

            part ClassicSchema.schema _.Classic
            part DmControlSchema.schema _.DmControl
        ]

    /// The spec of tasks by the values of keys; none for wrong ones.
    let spec source horizon tasks =
        match ClassicSchema.schema.Read source, DmControlSchema.schema.Read source with
        | Ok classic, Ok dmControl -> source.Choices.Env.Family.Spec classic dmControl horizon tasks
        | _ -> None
