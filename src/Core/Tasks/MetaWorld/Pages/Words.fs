namespace MtrlFunctional.Tasks

/// An observed object, in words. Places are formulas, as in `Words`.
type Seen = {
    /// How formulas call its observed position: "puck".
    Called: string
    /// What its position is: "body('obj')".
    Place: string
    /// Whose orientation is observed; empty: four zeros.
    Turned: string
}

/// Which skill a task asks for: pages list the tasks by it.
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

/// What a reader is told of a task: sentences, and formulas in the syntax of Python's expressions.
/// A test evaluates the formulas and compares with what the task does; docs/tasks/README.md
/// explains their names. A line that begins with a space continues the one before.
type Words = {
    Kind: Kind
    /// One sentence: what the robot has to do. CARE reads it too, and words in it select experts.
    Description: string
    /// The observed objects, in the order of the observation.
    Seen: Seen list
    /// When a step counts as success: a sentence.
    Succeeds: string
    /// What the beginning of an episode fixes: assignments of "start", "target" and others; where
    /// some randomisation vectors are drawn again, "accepted" tells which are not.
    Prepared: string list
    /// Assignments, among them "success" and, last, "reward" of version 2.
    Formula: string list
    /// The same for version 1; "success" only where it is judged in another way.
    FormulaV1: string list
    /// Of 20 goals (those of seed 42, in order), how many the scripted expert reaches.
    Scripted: int
}

/// Putting words together.
module Words =
    let none = {
        Kind = Kind.Reaching
        Description = ""
        Seen = []
        Succeeds = ""
        Prepared = []
        Formula = []
        FormulaV1 = []
        Scripted = 0
    }

    let seen name place turned = { Called = name; Place = place; Turned = turned }

    /// The usual meaning of a randomisation vector of six numbers.
    let drawn = [ "start = random[0:3]"; "target = random[3:6]" ]

    /// As `Sawyer.apart`.
    let apart (least: float) =
        $"accepted = distanceXY(random[0:3], random[3:6]) >= {least}"

    /// As `RewardTerms.carried`.
    let carried placed =
        $"reward = 10 if {placed} else both(grasp, inPlace) + lifted * (1 + 5 * inPlace)"
