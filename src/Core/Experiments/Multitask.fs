namespace Mtrl.Experiments

/// `agent.multitask.pal_cfg.residual_mode`: what a task's projection adds to the next one's input.
[<RequireQualifiedAccess>]
type Residual =
    | None
    | Sum
    | Linear
    | Project

/// `agent.multitask.pal_cfg.*`: projected task-specific layers (PTSL).
type Projected = {
    /// Rank p.
    PalDim: int
    SharedProjection: bool
    Residual: Residual
}

/// Losses whose gradient may reach the task encoder.
[<RequireQualifiedAccess>]
type EncoderLoss =
    | Critic
    | TransitionReward
    | Decoder
    | TaskEncoder

/// How HiP-BMDP finds the encoding of a task.
[<RequireQualifiedAccess>]
type ThetaSampling =
    | Embedding
    | Zero
    | Mean
    | MeanTrain

/// HiP-BMDP's settings of the task encoder and of its contrastive loss.
type Theta = {
    Dim: int
    NumEnvs: int
    TrainEnvId: int list
    Train: ThetaSampling
    EvalBase: ThetaSampling
    EvalInterpolation: ThetaSampling
    EvalExtrapolation: ThetaSampling
    ContrastiveShouldUse: bool
    ContrastiveAlpha: float
}

/// `agent.multitask.task_encoder_cfg.*`: task index to task encoding.
type TaskEncoder = {
    /// Frozen sentence embeddings instead of a learned table.
    Pretrained: bool
    PretrainedPath: string
    PretrainedOrder: string list
    NumEmbeddings: int
    EmbeddingDim: int
    HiddenDim: int
    NumLayers: int
    OutputDim: int
    Optimizer: Optimizer
    LossesToTrain: EncoderLoss list
    Theta: Theta
}

/// How task information enters the actor or the critic. Without a task encoder nothing does.
type Conditioning = {
    /// The model itself (soft modularization).
    Model: bool
    /// The encoder.
    Encoder: bool
    /// Concatenated with the encoding.
    Concatenate: bool
    /// `moe_cfg.should_use`: soft modularization.
    SoftModularization: bool
    SoftModularizationExperts: int
}

/// `agent.multitask.*`.
type Multitask = {
    /// T: temperatures, heads, rows of the embedding.
    NumEnvs: int
    /// One temperature per task.
    DisentangledAlpha: bool
    UseTaskEncoder: bool
    MultiHead: bool
    /// With `MultiHead`: whole networks per task.
    Disjoint: bool
    UseProjected: bool
    Projected: Projected
    TaskEncoder: TaskEncoder
    HeadMask: Mask
    Actor: Conditioning
    Critic: Conditioning
}
