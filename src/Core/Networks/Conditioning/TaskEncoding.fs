/// Task encoders: networks whose input is the index of a task.
module internal MtrlFunctional.Networks.TaskEncoding

open MtrlFunctional.Tensors

/// Sizes of the input of a task encoder for `tasks` tasks.
let sizes tasks : InputSizes = { Tasks = tasks; Features = 0; Context = 0 }

/// The encodings of all `tasks`, [tasks; 1; width], or of the active task alone, [1; 1; width].
let run (encoder: Module) tasks (activeTask: int option) (weights: Weights) : Tensor =
    let rows = if activeTask.IsSome then 1 else tasks
    encoder.Run weights { NetworkInput.ofTasks rows with Task = activeTask }
