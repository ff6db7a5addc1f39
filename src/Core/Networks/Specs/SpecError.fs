namespace MtrlFunctional.Networks

/// A part of a network that reads the context, which is the task encoding.
[<RequireQualifiedAccess>]
type ContextReader =
    internal
    /// The weights of experts.
    | Mixture
    | Film
    | SoftModules
    | Hypernetwork
    /// Parameters of tasks that are functions of the context.
    | TaskParameters

/// Why a spec describes no network for its input.
[<RequireQualifiedAccess>]
type SpecError =
    /// The part reads the context, and there is none.
    | NoContext of ContextReader
    /// FiLM layers read `Needed` entries of the context, which has fewer.
    | NarrowContext of Width: int * Needed: int
    /// Soft modules multiply features and context element by element.
    | UnequalWidths of Features: int * Context: int
    /// The selection of a mixture is of another number of experts.
    | ExpertCount of Experts: int * Needed: int
    /// The k of a top-k gate is above the number of experts.
    | TooManyKept of Kept: int * Experts: int
    /// A layer leaves out a projection that would save nothing, and residuals need all of them.
    | NoProjection of Rank: int
    /// More experts than features, of which no more can be orthogonal.
    | TooManyDirections of Experts: int * Width: int
    /// Convolutions of a number of layers other than 2, 4 and 6.
    | ConvolutionCount of Layers: int
    /// Deconvolutions of a number of layers other than 2, 4 and 6.
    | DeconvolutionCount of Layers: int
    /// The input of convolutions is not rows of [channels; 84; 84] pixels.
    | NoFrames of Features: int
    /// The input of recurrent units has no feature beside the mark.
    | NoInputs of Features: int
    /// The input of deconvolutions is not rows of [filters; side; side] features.
    | NoFeatureMaps of Features: int * Needed: int
    /// What a layer lacks, in words: "TaskGate needs an even number of features, not 5".
    | Unfit of What: string

/// Conditions of layers.
module internal SpecError =
    /// The error where the condition does not hold.
    let unless holds error = if holds then [] else [ error ]

    /// The errors of a layer that reads the context.
    let readsContext reader (sizes: InputSizes) errors =
        if sizes.Context = 0 then
            [ SpecError.NoContext reader ]
        else
            errors
