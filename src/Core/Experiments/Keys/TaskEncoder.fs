namespace MtrlFunctional.Experiments

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

module internal TaskEncoder =
    open Schema

    let private sampling =
        Codec.oneOf [
            "embedding", ThetaSampling.Embedding
            "zero", ThetaSampling.Zero
            "mean", ThetaSampling.Mean
            "mean_train", ThetaSampling.MeanTrain
        ]

    let private theta =
        schema {
            let! dim =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.dim"
                    Codec.size
                    (is 50)
                    (fun (s: Theta) -> s.Dim)
                |> about "width of HiP-BMDP's embedding"

            and! numEnvs =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.num_envs"
                    (Codec.int 1 10_000)
                    (is 10)
                    (fun (s: Theta) -> s.NumEnvs)
                |> about "rows of HiP-BMDP's embedding"

            and! trainEnvId =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.train_env_id"
                    (Codec.list (Codec.int 0 10_000))
                    (like "env.train")
                    _.TrainEnvId
                |> about "variants that HiP-BMDP's mean is taken over"

            and! train =
                key
                    "agent.multitask.task_encoder_cfg.sampling_strategy.train"
                    sampling
                    (is ThetaSampling.Embedding)
                    _.Train
                |> about "HiP-BMDP's encoding in training"

            and! evalBase =
                key
                    "agent.multitask.task_encoder_cfg.sampling_strategy.eval.base"
                    sampling
                    (is ThetaSampling.Embedding)
                    _.EvalBase
                |> about "HiP-BMDP's encoding of known variants"

            and! evalInterpolation =
                key
                    "agent.multitask.task_encoder_cfg.sampling_strategy.eval.interpolation"
                    sampling
                    (is ThetaSampling.MeanTrain)
                    _.EvalInterpolation
                |> about "HiP-BMDP's encoding of variants in between"

            and! evalExtrapolation =
                key
                    "agent.multitask.task_encoder_cfg.sampling_strategy.eval.extrapolation"
                    sampling
                    (is ThetaSampling.MeanTrain)
                    _.EvalExtrapolation
                |> about "HiP-BMDP's encoding of variants beyond"

            and! contrastiveShouldUse =
                key
                    "agent.multitask.contrastive.should_use"
                    Codec.flag
                    (is true)
                    _.ContrastiveShouldUse
                |> about "HiP-BMDP's contrastive loss"

            and! contrastiveAlpha =
                key
                    "agent.multitask.contrastive.alpha"
                    Codec.notNegative
                    (is 0.01)
                    _.ContrastiveAlpha
                |> about "its weight"

            return {
                Dim = dim
                NumEnvs = numEnvs
                TrainEnvId = trainEnvId
                Train = train
                EvalBase = evalBase
                EvalInterpolation = evalInterpolation
                EvalExtrapolation = evalExtrapolation
                ContrastiveShouldUse = contrastiveShouldUse
                ContrastiveAlpha = contrastiveAlpha
            }
        }

    let private losses =
        Codec.list (
            Codec.oneOf [
                "critic", EncoderLoss.Critic
                "transition_reward", EncoderLoss.TransitionReward
                "decoder", EncoderLoss.Decoder
                "task_encoder", EncoderLoss.TaskEncoder
            ]
        )

    let private allLosses =
        bySetup
            (is [
                EncoderLoss.Critic
                EncoderLoss.TransitionReward
                EncoderLoss.Decoder
                EncoderLoss.TaskEncoder
            ])
            (is [ EncoderLoss.TransitionReward; EncoderLoss.Decoder; EncoderLoss.TaskEncoder ])

    let schema =
        schema {
            let! pretrained =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use"
                    Codec.flag
                    (is false)
                    (fun (s: TaskEncoder) -> s.Pretrained)
                |> about "frozen sentence embeddings instead of a learned table"

            and! pretrainedPath =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.path_to_load_from"
                    Codec.name
                    (Default.Text
                        "${setup.base_path}/metadata/task_embedding/roberta_small/${env.name}.json")
                    _.PretrainedPath
                |> about "file of the sentence embeddings"

            and! pretrainedOrder =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.ordered_task_list"
                    (Codec.list Codec.text)
                    (like "env.tasks")
                    _.PretrainedOrder
                |> about "tasks in the order of its rows"

            and! numEmbeddings =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.num_embeddings"
                    (Codec.int 1 100_000)
                    (like "agent.multitask.num_envs")
                    _.NumEmbeddings
                |> about "rows of the learned table"

            and! embeddingDim =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.embedding_dim"
                    Codec.size
                    (is 50)
                    _.EmbeddingDim
                |> about "width of the learned table"

            and! hiddenDim =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.hidden_dim"
                    Codec.size
                    (is 50)
                    (fun (s: TaskEncoder) -> s.HiddenDim)
                |> about "width of the hidden layers"

            and! numLayers =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.num_layers"
                    (Codec.int 1 100)
                    (is 2)
                    (fun (s: TaskEncoder) -> s.NumLayers)
                |> about "hidden layers"

            and! outputDim =
                key
                    "agent.multitask.task_encoder_cfg.model_cfg.output_dim"
                    Codec.size
                    (is 50)
                    _.OutputDim
                |> about "width of the task encoding"

            and! optimizer =
                part
                    (Optimizers.follower
                        "agent.multitask.task_encoder_cfg.optimizer_cfg"
                        "agent.optimizers.actor")
                    _.Optimizer

            and! lossesToTrain =
                key
                    "agent.multitask.task_encoder_cfg.losses_to_train"
                    losses
                    allLosses
                    _.LossesToTrain
                |> about "losses whose gradient reaches the task encoder"

            and! theta = part theta _.Theta

            return {
                Pretrained = pretrained
                PretrainedPath = pretrainedPath
                PretrainedOrder = pretrainedOrder
                NumEmbeddings = numEmbeddings
                EmbeddingDim = embeddingDim
                HiddenDim = hiddenDim
                NumLayers = numLayers
                OutputDim = outputDim
                Optimizer = optimizer
                LossesToTrain = lossesToTrain
                Theta = theta
            }
        }
