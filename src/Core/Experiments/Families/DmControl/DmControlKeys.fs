namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks.DmControl

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

/// Names of the keys of DeepMind Control.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal DmControlKeys =
    let private makeKwargs = "env.builder.make_kwargs"
    let private stickyConfig = $"{makeKwargs}.sticky_observation_cfg"

    let domain = "env.builder.domain_name"
    let task = "env.builder.task_name"
    let prefix = "env.builder.prefix"
    let train = "env.train"

    /// Key of the variants of a mode of evaluation.
    let evaluated mode = $"env.eval.{mode}"

    let actionRepeat = $"{makeKwargs}.frame_skip"
    let fromPixels = $"{makeKwargs}.from_pixels"
    let frames = $"{makeKwargs}.frame_stack"
    let height = $"{makeKwargs}.height"
    let width = $"{makeKwargs}.width"
    let visualizeReward = $"{makeKwargs}.visualize_reward"
    let sticky = $"{stickyConfig}.should_use"
    let stickyProbability = $"{stickyConfig}.sticky_probability"
    let stickyAge = $"{stickyConfig}.last_k"

    /// Sets of variants. The original's Distral needs one with Meta-World, too, where it has no effect.
    let ofSets = [
        train
        evaluated "base"
        evaluated "interpolation"
        evaluated "extrapolation"
    ]

    /// Keys of tasks in a run with tasks of other families.
    let ofMixed = [ actionRepeat; sticky; stickyProbability; stickyAge ]

    /// Keys of all environments of DeepMind Control.
    let ofAll = ofMixed @ [ fromPixels; frames; height; width; visualizeReward ]

    /// Keys of environments with variants.
    let ofVariants = [ domain; task; prefix ] @ ofSets @ ofAll
