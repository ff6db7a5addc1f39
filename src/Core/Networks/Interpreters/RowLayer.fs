namespace MtrlFunctional.Networks

/// Dense layers on one row, y = x W + b: the same for all tasks, or one for each.
type DenseRows = {
    Inputs: int
    Units: int
    /// [sets; inputs; units], row-major: one set, or one for each task.
    Weight: float32[]
    /// [sets; units].
    Bias: float32[]
    /// The input is rounded to bfloat16; so is the weight, before.
    IsRounded: bool
}

/// A step of a network on the row of one task, with its numbers: a network in a form that needs no tensor library.
/// Per-task numbers are row-major, task by task.
[<RequireQualifiedAccess>]
type RowLayer =
    | Dense of DenseRows
    | Activate of Activation
    /// Layer normalisation, ε = 1e-5: (x − mean) / √(variance + ε), times the gain of each feature, plus its shift.
    | Normalise of Gain: float32[] * Shift: float32[]
    /// The first features as (x − mean) / deviation, limited to ± the bound; the others as they are.
    | Standardise of Mean: float32[] * Deviation: float32[] * Bound: float32
    /// `Width` numbers of the task behind the features, [tasks; width].
    | AppendTask of Width: int * Numbers: float32[]
    /// All features times a number of the task plus another: [tasks], [tasks].
    | ScaleTask of Scale: float32[] * Shift: float32[]
    /// The first features alone.
    | Keep of Count: int
    /// Limited to ±1.
    | Limit
    /// 1 in the place of the first of the largest, 0 elsewhere.
    | Choose
