namespace MtrlFunctional.Tasks

/// Texts of an observed object.
type ObservedObject = {
    /// Name of its observed position in formulas: "puck".
    Name: string
    /// Formula of its position: "body('obj')".
    Position: string
    /// Element of its observed orientation; empty: four zeros.
    Orientation: string
}

/// Kind of manipulation, by which the index groups the tasks.
[<RequireQualifiedAccess>]
type Kind =
    /// The bare hand comes to a point.
    | Reaching
    /// A thing stays on the table.
    | Pushing
    /// A thing is gripped and lifted.
    | Carrying
    /// Two things are put together or taken apart.
    | Fitting
    /// A button or handle goes down.
    | Pressing
    /// Doors, drawers, windows and locks.
    | Opening
    /// Levers, handles and knobs are pulled up or turned.
    | Swinging
    /// A thing is moved with another thing.
    | Tools

/// Documentation texts of a task: sentences, and formulas in the syntax of Python's expressions.
/// A test compares the formulas with the task's functions; docs/tasks/README.md defines their
/// names. A line that begins with a space continues the one before.
type TaskDescription = {
    Kind: Kind
    /// One sentence: the objective. Input of CARE's task encoder; its words also select experts.
    Objective: string
    /// The observed objects, in the order of the observation.
    Observed: ObservedObject list
    /// When a step counts as success: a sentence.
    Succeeds: string
    /// Values fixed at the start of an episode: assignments of "start", "target" and others; with
    /// rejection sampling also "accepted".
    Prepared: string list
    /// Assignments, among them "success" and, last, "reward" of version 2.
    Formula: string list
    /// The same for version 1; "success" only where it differs.
    FormulaV1: string list
    /// Number of goals reached by the scripted expert, of the first 20 of seed 42.
    Scripted: int
}

/// Construction of `TaskDescription`.
module TaskDescription =
    /// No texts; a task overrides them.
    let none = {
        Kind = Kind.Reaching
        Objective = ""
        Observed = []
        Succeeds = ""
        Prepared = []
        Formula = []
        FormulaV1 = []
        Scripted = 0
    }

    /// An observed object.
    let observed name position orientation = {
        Name = name
        Position = position
        Orientation = orientation
    }

    /// The usual meaning of a randomisation vector of six numbers.
    let drawn = [ "start = random[0:3]"; "target = random[3:6]" ]

    /// As `Sawyer.apart`.
    let apart (least: float) =
        $"accepted = distanceXY(random[0:3], random[3:6]) >= {least}"

    /// As `RewardTerms.carried`.
    let carried placed =
        $"reward = 10 if {placed} else both(grasp, inPlace) + lifted * (1 + 5 * inPlace)"
