namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// Rows as sequences of consecutive steps, for parts that have a state.
type Sequences = internal {
    /// Rows of a sequence: rows are [tasks; sequences · steps; features].
    Steps: int
    /// The state before the first step, [tasks; sequences; units]; none: zero.
    Start: Tensor option
}

/// The input of a network. Batches are task-major.
type NetworkInput = {
    /// [tasks; rows; features].
    Rows: Tensor
    /// [tasks; 1; features]: the output of the task encoder, the same for all rows of a task.
    Context: Tensor option
    /// The one task of all rows; per-task weights are then this task's, [1; …] (`Sharing.ofTask`). None: all tasks, in
    /// order.
    Task: int option
    /// None: each row is a sequence of one step.
    Sequences: Sequences option
    /// Each row is a task of its own, with a context of its own: rows are [count; 1; features]. Such inputs have many
    /// tasks.
    IsByRow: bool
    /// The rows that layers modulate by the context are constants: no gradient reaches the context through them.
    IsConstant: bool
}

/// Sizes of an input; without a context its size is 0.
type InputSizes = { Tasks: int; Features: int; Context: int }

/// Sizes of inputs.
module internal InputSizes =
    /// Of a network that reads `context` numbers of each row beside `features`. Rows count as many tasks: PTSL's rule for
    /// projections (`Projected`) then keeps each projection that is narrower than its layer.
    let byRow features context : InputSizes = {
        Tasks = 1000
        Features = features
        Context = context
    }

/// A spec built for an input of known sizes: its parameters and its forward function.
/// It holds no tensors: each run takes the weights, by the paths of the parameters.
type Module = {
    Parameters: Parameter list
    /// Stored and never trained.
    Fixed: Parameter list
    /// Features of the output.
    Width: int
    /// [tasks; rows; features] to [tasks; rows; Width].
    Run: Weights -> NetworkInput -> Tensor
}

/// Networks without parameters.
module internal Module =
    /// A network whose output is `run` of its input.
    let plain width run : Module = {
        Parameters = []
        Fixed = []
        Width = width
        Run = fun _ input -> run input
    }

/// Inputs of networks.
module NetworkInput =
    /// Rows of all tasks, without a context.
    let ofRows rows = {
        Rows = rows
        Context = None
        Task = None
        Sequences = None
        IsByRow = false
        IsConstant = false
    }

    /// The context. Raises InvalidOperationException if there is none.
    let context (input: NetworkInput) =
        match input.Context with
        | Some context -> context
        | None ->
            invalidOp "This network reads the output of a task encoder, and the agent has none."

    /// The input of a task encoder: one row of no features for each task.
    let internal ofTasks (tasks: int) =
        ofRows (Draw.constant TensorOptions.cpu 0.0 [| int64 tasks; 1L; 0L |])
