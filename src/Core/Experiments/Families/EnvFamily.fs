namespace MtrlFunctional.Experiments

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic

/// A task beside tasks with other spaces in a policy: its embodiment, and its spaces.
type internal TaskSpaces = {
    /// The arm of Meta-World, a domain of DeepMind Control, a classic family, or the word of a program's family.
    Embodiment: string
    Spec: EnvironmentSpec
}

/// A family of environments: what experiments, networks and checks ask of it. Two are equal where their names are.
[<CustomEquality; NoComparison>]
type EnvFamily = internal {
    Name: string
    /// A task by any of its names.
    TaskCodec: Codec<string>
    /// The spec of tasks with episodes of a length; none for tasks of another family.
    Spec: ClassicKeys -> DmControlKeys -> int -> string list -> EnvironmentSpec option
    /// Each task by its full name with its own spaces, where they may differ; none where they do not, or a name is no task's.
    OwnSpaces: ClassicKeys -> int -> string list -> (string * TaskSpaces) list option
    /// Whether a task defines success; else it has a return alone.
    DefinesSuccess: ClassicKeys -> string -> bool
    /// What else `env.tasks` must be for a number of tasks, and why; none: these are right.
    WrongTasks: int -> string list -> (string * string) option
    /// Advice where `env.tasks` is empty, or "".
    NoTasks: string
    /// Keys of families that may be given with it; every other key of a family is refused.
    Accepts: string list
    /// The keys among `Accepts` that only other tasks than these read.
    ReadByOthers: string list -> string list
    /// Keys of all families that have no use, each with the key that serves in its place, or "".
    Unused: (string * string) list
    /// Defaults of keys of all families.
    Defaults: (string * Value) list
    /// Keys that determine environments and their episodes, beside `env.name`.
    Compared: string list
    /// Whether a task has task states.
    HasStates: string -> bool
    /// Whether tasks have Meta-World's goals, so that others of them can be evaluated.
    HasGoals: bool
    /// Whether observations may be images.
    HasImages: bool
    /// The rules of which the tasks are states.
    TaskStates: ClassicName option
    /// Domain, task and parameter of the variants of a model that the tasks are.
    Variants: (string * string * string) option
    /// Whether tasks are of other families.
    Joins: bool
    /// Whether more than its word is known: of a program's where it is given.
    IsGiven: bool
} with

    /// A family of which any tasks are right, and define success.
    static member internal Of name = {
        Name = name
        TaskCodec = TaskNames.taskCodec
        Spec = fun _ _ _ _ -> None
        OwnSpaces = fun _ _ _ -> None
        DefinesSuccess = fun _ _ -> true
        WrongTasks = fun _ _ -> None
        NoTasks = ""
        Accepts = []
        ReadByOthers = fun _ -> []
        Unused = []
        Defaults = []
        Compared = [ "env.reward_version"; "env.horizon"; "env.goals" ]
        HasStates = fun _ -> false
        HasGoals = false
        HasImages = false
        TaskStates = None
        Variants = None
        Joins = false
        IsGiven = true
    }

    /// `WrongTasks` where others are wrong than those that are accepted.
    static member internal Only accepts allowed advice : string list -> (string * string) option =
        fun tasks -> if accepts tasks then None else Some(allowed, advice)

    /// `WrongTasks` where others are wrong than these.
    static member internal These advice names =
        EnvFamily.Only ((=) names) (ValueText.print (Value.OfTexts names)) advice

    /// Whether a program has it.
    member internal family.IsOwn = MtrlFunctional.Own.isWord family.Name

    /// Whether the tasks are variants of a model.
    member family.HasVariants = family.Variants.IsSome

    override family.Equals other =
        match other with
        | :? EnvFamily as other -> family.Name = other.Name
        | _ -> false

    override family.GetHashCode() = hash family.Name

/// A word of `env=`: the environments of a run, and the defaults of their keys.
type EnvChoice = {
    /// The word.
    Name: string
    /// What they are, for lists.
    About: string
    Family: EnvFamily
    /// Tasks to train on; none where `env.benchmark.env_name` names the only one.
    Tasks: string list option
    /// Tasks that are kept for the test; none: the tasks of training.
    TestTasks: string list option
    /// Their number.
    Count: int
    /// Actions of an episode.
    Horizon: int
    /// Meta-learning: goals are hidden, and tasks or goals are kept for the test.
    IsMetaLearning: bool
    /// Whether images are observed.
    IsPixels: bool
} with

    /// Environments of these tasks, which are also tested.
    static member internal Of(name, about, family, horizon, tasks: string list) = {
        Name = name
        About = about
        Family = family
        Tasks = Some tasks
        TestTasks = None
        Count = tasks.Length
        Horizon = horizon
        IsMetaLearning = false
        IsPixels = false
    }
