namespace Mtrl.Tasks

/// What a reader is told of a task, in our own words.
type Words = {
    /// One line: what the robot has to do.
    Description: string
}

/// Words of a task that has none yet.
module Words =
    let none = { Description = "" }
