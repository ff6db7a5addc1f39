namespace MtrlFunctional.Experiments

/// Losses whose gradient may reach the task encoder.
[<RequireQualifiedAccess>]
type EncoderLoss =
    | Critic
    | Actor
    | TransitionReward
    | Decoder
    | TaskEncoder

/// `agent.multitask.task_encoder_cfg.*`: task index to task encoding.
type TaskEncoder = {
    /// HiP-BMDP's model in the place of embedding and layers.
    IsTheta: bool
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
    Theta: ThetaModel
}

module internal TaskEncoder =
    open Schema

    let private key name =
        key $"agent.multitask.task_encoder_cfg.{name}"

    let private model name = key $"model_cfg.{name}"

    let losses = [
        "critic", EncoderLoss.Critic
        "actor", EncoderLoss.Actor
        "transition_reward", EncoderLoss.TransitionReward
        "decoder", EncoderLoss.Decoder
        "task_encoder", EncoderLoss.TaskEncoder
    ]

    let private usualLosses =
        let ofModels = [
            EncoderLoss.TransitionReward
            EncoderLoss.Decoder
            EncoderLoss.TaskEncoder
        ]

        bySetup (is (EncoderLoss.Critic :: ofModels)) (is ofModels)

    /// The file of sentence embeddings where none is named, of a benchmark, below the folder of all experiments.
    let usualPath folder benchmark =
        $"{folder}/metadata/task_embedding/roberta_small/{benchmark}.json"

    let schema =
        record [
            model
                "_target_"
                (Codec.oneOf [
                    "mtrl.agent.components.task_encoder.TaskEncoder", false
                    "mtrl.agent.components.hipbmdp_theta.ThetaModel", true
                ])
                (bySetup (is false) (is true))
                _.IsTheta
            <| "kind of task encoder: an embedding and layers, or HiP-BMDP's θ"

            model "pretrained_embedding_cfg.should_use" Codec.flag (is false) _.Pretrained
            <| "frozen sentence embeddings instead of a learned table"

            model
                "pretrained_embedding_cfg.path_to_load_from"
                Codec.path
                (Default.Value(Value.Text(usualPath "${setup.base_path}" "${env.name}")))
                _.PretrainedPath
            <| "file of the sentence embeddings"

            model
                "pretrained_embedding_cfg.ordered_task_list"
                (Codec.list Codec.text)
                (like "env.tasks")
                _.PretrainedOrder
            <| "tasks in the order of its rows"

            model
                "num_embeddings"
                (Codec.int 1 100_000)
                (like "agent.multitask.num_envs")
                _.NumEmbeddings
            <| "rows of the learned table; those behind the tasks are not used"

            model "embedding_dim" Codec.size (is 50) _.EmbeddingDim
            <| "width of the learned table"

            model "hidden_dim" Codec.size (is 50) _.HiddenDim
            <| "width of the hidden layers"

            model "num_layers" (Codec.int 0 100) (is 2) _.NumLayers <| "hidden layers"

            model "output_dim" Codec.size (is 50) _.OutputDim
            <| "width of the task encoding"

            part
                (Optimizers.ofTaskEncoder "agent.multitask.task_encoder_cfg.optimizer_cfg")
                _.Optimizer

            key "losses_to_train" (Codec.list (Codec.oneOf losses)) usualLosses _.LossesToTrain
            <| "losses whose gradient reaches the task encoder"

            part ThetaModel.schema _.Theta
        ]
