namespace Mtrl.Experiments

/// Which reward of Meta-World a task pays.
[<RequireQualifiedAccess>]
type RewardVersion =
    | V1
    | V2

/// Whether the policy sees the goal.
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

/// What is done to a reward before it is stored.
[<RequireQualifiedAccess>]
type RewardNormalization =
    /// Divided by a running standard deviation, per task: m ← 0.999 m + 0.001 r;
    /// v ← 0.999 v + 0.001 (r − m)²; r / (√v + 1e-8).
    | Running
    /// Stored as paid.
    | None
    /// Divided by ten, the largest reward of version 2.
    | Scaled

/// DM Control: how observations are taken.
type DmControl = {
    DomainName: string
    TaskName: string
    /// Prefix of the parameter that varies between tasks.
    Prefix: string
    /// Pixels.
    Height: int
    Width: int
    /// Physics steps per action.
    FrameSkip: int
    FrameStack: int
    FromPixels: bool
    VisualizeReward: bool
    StickyShouldUse: bool
    StickyProbability: float
    StickyLastK: int
    /// Variants to train on.
    Train: int list
    EvalBase: int list
    EvalInterpolation: int list
    EvalExtrapolation: int list
}

/// `env.*`: the tasks and how their episodes run.
type Environment = {
    /// `env.name`, by default the word of `env=`.
    Name: string
    /// Tasks in the order of their indices, with version suffix: "reach-v3".
    Tasks: string list
    /// Number of tasks, T.
    NumEnvs: int
    /// `env.benchmark._target_`, a label.
    Benchmark: string
    /// `env.benchmark.env_name`: the task of MT1 and ML1.
    BenchmarkTask: string
    RewardVersion: RewardVersion
    Goals: Goals
    GoalSelection: GoalSelection
    /// Environment steps per episode. Source: mtrl, 150.
    Horizon: int
    RewardNormalization: RewardNormalization
    DmControl: DmControl
}
