namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl

/// Keys of `env.*` that describe the tasks of a classic family.
type ClassicKeys = {
    /// Seed of the task states; `setup.seed` is that of everything else.
    TaskSeed: int64
    /// Task states of the training.
    TaskStates: int
    /// Task states of the evaluation, which the training does not have; 0: those of the training.
    TestTaskStates: int
    /// Side of the box of task states to train on, as a share of each number's range; those of the
    /// evaluation are outside it. 1: both are anywhere.
    TrainBox: float
    /// Whether the task observation follows each observation.
    TaskVisible: bool
    Parameters: ClassicParameters
}

/// Images of an observation.
type ImageStack = {
    /// Rows.
    Height: int
    /// Pixels of a row.
    Width: int
    /// Images in an observation, at least 1.
    Count: int
}

/// `env.builder.*`, `env.train` and `env.eval.*`: how tasks of DeepMind Control are built. Variants are
/// counted from 0.
type DmControlKeys = {
    /// Of the variants.
    Domain: string
    /// Of the variants.
    Task: string
    /// `env.builder.prefix`: the parameter that varies.
    Family: string
    /// With `FromPixels`.
    Images: ImageStack
    /// Control steps that repeat an action, at least 1. Source: MTEnv, 2.
    ActionRepeat: int
    FromPixels: bool
    /// Whether the colours of robots show the reward.
    VisualizeReward: bool
    /// Whether old observations are shown.
    IsSticky: bool
    /// With `IsSticky`.
    Sticky: StickyObservation
    /// Variants to train on.
    Train: int list
    /// Variants of each mode of evaluation: "base", "interpolation", "extrapolation".
    Evaluated: (string * int list) list
}
