namespace Mtrl.Experiments

/// `agent.encoder.type_to_select`.
[<RequireQualifiedAccess>]
type EncoderKind =
    | Identity
    | FeedForward
    | Film
    | MixtureOfExperts
    | FactorizedMixture
    | Pixel

/// A feed-forward encoder. In `moe.encoder_cfg`, `NumLayers` counts linear layers, elsewhere
/// hidden ones.
type FeedForwardEncoder = {
    HiddenDim: int
    NumLayers: int
    /// Width of the encoding.
    FeatureDim: int
    /// Actor and critic share the layers.
    TieEncoders: bool
}

/// How a row chooses its experts.
[<RequireQualifiedAccess>]
type ExpertSelection =
    /// Task i takes expert i.
    | OneToOne
    /// The mean of all experts.
    | Ensemble
    /// By words in the task's description.
    | Cluster
    /// The top experts by a detached task encoding.
    | Gate
    /// A softmax over all experts by the task encoding.
    | Attention

/// The network that weighs experts, for `gate` and `attention`.
type ExpertWeighing = {
    /// Must equal the width of the task encoding.
    EmbeddingDim: int
    HiddenDim: int
    NumLayers: int
    /// Divides the logits.
    Temperature: float
    /// All experts by softmax; false: the `TopK` best only.
    Soft: bool
    TopK: int
    /// False: an embedding table of its own.
    UseTaskEncoding: bool
    DetachTaskEncoding: bool
}

/// `agent.encoder.moe.*`.
type ExpertMixture = {
    Expert: FeedForwardEncoder
    NumExperts: int
    Selection: ExpertSelection
    /// Number of tasks.
    NumEnvs: int
    Gate: ExpertWeighing
    Attention: ExpertWeighing
    /// `cluster.env_name`, selects the word list.
    ClusterEnvName: string
    /// For MT10 and MT50: name of an expert, and the words that select it, in the order of experts.
    Clusters: (string * string list) list
}

/// `agent.encoder.pixel.*`: a convolutional encoder.
type PixelEncoder = { FeatureDim: int; NumFilters: int; NumLayers: int }

/// `agent.encoder.*`: one of these is selected, the others only hold their settings.
type Encoder = {
    Kind: EncoderKind
    FeedForward: FeedForwardEncoder
    Film: FeedForwardEncoder
    Mixture: ExpertMixture
    Factorized: FeedForwardEncoder
    NumFactors: int
    NumExpertsPerFactor: int list
    Pixel: PixelEncoder
}
