/// Data of the live page: what a run folder contains, reduced to what a page shows.
namespace MtrlFunctional.Cli.Watch

open System
open MtrlFunctional.Surgery

/// State of a run, from its folder.
[<RequireQualifiedAccess>]
type RunState =
    /// A living process of this machine owns it, or its metrics grew in the last minute.
    | Training
    | Finished
    /// It was stopped, or trains on another machine.
    | Idle

/// One line of the list of runs.
type RunRow = {
    /// Name of the run in addresses; unrelated to any path.
    Id: string
    /// Path below the watched folder, such as "mt10/seed-1".
    Name: string
    State: RunState
    /// Environment steps of each task so far, and of a whole run; NaN if unknown.
    Step: float
    Total: float
    /// Mean over the tasks of the newest evaluation, else of the newest line of training, in [0, 1].
    Success: float
    /// The same of the return.
    Return: float
    /// Newest change of the metrics.
    Changed: DateTime
}

type RunDetail = {
    /// Tasks of each mode of the metrics, in the order of the indices of `success_env_index_<i>`.
    Tasks: (string * string list) list
    /// Keys of the configuration with their values, in the order of the file.
    Configuration: (string * string) list
    /// The newest moment of each part.
    Conflicts: ConflictRecord list
    /// Whether one of its tasks has a world in the browser, in which its policy acts.
    Plays: bool
    /// File name of the newest video inside the folder, and its time.
    Video: (string * DateTime) option
}

/// Position of a reader in a table: points before `From` were sent, and one more of `Pending` records, if there are
/// any. Another generation or stride means other points.
[<Struct>]
type Cursor = { Generation: int; Stride: int; From: int; Pending: int }

/// Points of a table from an index on.
type TablePart = {
    Mode: string
    Cursor: Cursor
    /// Records of which the last point is the mean; all others are of `Stride`.
    Last: int
    Steps: float[]
    Columns: (string * float[]) list
}
