namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// What a network is shown: batches are task-major.
type NetworkInput = {
    /// [tasks; rows; features].
    Rows: Tensor
    /// [tasks; 1; features]: what a task encoder says of each task, for all its rows.
    Context: Tensor option
    /// The one task that the rows belong to; weights that belong to tasks are then that task's alone
    /// (`Sharing.views`). None: all tasks, in order.
    Task: int option
}

/// The sizes of a signal; no context has size 0.
type InputSizes = { Tasks: int; Features: int; Context: int }

/// A spec built for an input of known size: what it stores and what it computes.
/// It holds no tensors: the weights come in at each run, by the paths of its parameters.
type Module = {
    Parameters: Parameter list
    /// What is stored and never trained.
    Fixed: Parameter list
    /// Features of the output.
    Width: int
    /// [tasks; rows; features] to [tasks; rows; Width].
    Run: Weights -> NetworkInput -> Tensor
}

/// What networks are put together from.
module NetworkInput =
    /// Rows of all tasks, without a context.
    let ofRows rows = { Rows = rows; Context = None; Task = None }

    /// What is known of the tasks; a network that needs it is only built where there is some.
    let context (signal: NetworkInput) =
        match signal.Context with
        | Some context -> context
        | None -> invalidOp "This network is told the task by a task encoder, and there is none."

    /// What a table of tasks is shown: it looks at no rows.
    let ofTasks (tasks: int) = {
        Rows = Draw.constant TensorOptions.cpu 0.0 [| int64 tasks; 1L; 0L |]
        Context = None
        Task = None
    }
