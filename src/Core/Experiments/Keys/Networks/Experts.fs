namespace MtrlFunctional.Experiments

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

/// The selection of experts for a row.
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
type GateSettings = {
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

/// Benchmark, "cluster", expert, words.
type WordClusters = (string * (string * (string * string list) list) list) list

/// `agent.encoder.moe.*`.
type ExpertMixture = {
    Expert: FeedForwardEncoder
    NumExperts: int
    Selection: ExpertSelection
    Gate: GateSettings
    Attention: GateSettings
    /// `should_detach_task_encoding` of the attention, which the original reads and does not have: its own file misspells the
    /// key. None: the misspelt one decides, if it is read.
    AttentionDetaches: bool option
    /// Words of task descriptions that select an expert, by benchmark: `{mt10: {cluster: {expert:
    /// [word, …]}}}`, experts in order.
    Clusters: WordClusters
}

module internal Experts =
    open Schema

    let kind at name =
        ignored "fixed by the group of the key" $"{at}.type" Codec.text (is name)
        <| "name of the encoder"

    let network at name (fewest, layers) =
        let key name = key $"{at}.{name}"

        record<FeedForwardEncoder> [
            key "hidden_dim" Codec.size (is 50) _.HiddenDim <| "width of the hidden layers"

            key "num_layers" (Codec.int fewest 100) (is 2) _.NumLayers <| layers

            key "feature_dim" Codec.size (like "agent.encoder_feature_dim") _.FeatureDim
            <| "width of the encoding"

            key "should_tie_encoders" Codec.flag (is true) _.TieEncoders
            <| "actor and critic share the layers"

            kind at name
        ]

    let private weighing at soft detach =
        let key name = key $"{at}.{name}"

        record<GateSettings> [
            key "embedding_dim" Codec.size (is 50) _.EmbeddingDim
            <| "width of its input; must equal the width of the task encoding"

            key "hidden_dim" Codec.size (is 50) _.HiddenDim <| "width of its hidden layers"

            key "num_layers" (Codec.int 0 100) (is 2) _.NumLayers <| "hidden layers"

            key "temperature" Codec.positive (is 1.0) _.Temperature
            <| "divides the logits of the experts"

            key "should_use_soft_attention" Codec.flag (is soft) _.Soft
            <| "softmax over all experts; false: over the topk best"

            key "topk" Codec.size (is 2) _.TopK
            <| "experts that keep their weight where the attention is not soft"

            key "task_encoder_cfg.should_use_task_encoding" Codec.flag (is true) _.UseTaskEncoding
            <| "weigh by the task encoding; false: by an embedding of its own"

            key $"task_encoder_cfg.{detach}" Codec.flag (is true) _.DetachTaskEncoding
            <| "no gradient from the weights into the task encoder"
        ]

    /// Words of `mode`.
    let selections = [
        "identity", ExpertSelection.OneToOne
        "ensemble", ExpertSelection.Ensemble
        "cluster", ExpertSelection.Cluster
        "gate", ExpertSelection.Gate
        "attention", ExpertSelection.Attention
    ]

    let clusters = Codec.table (Codec.table (Codec.table (Codec.list Codec.text)))

    /// The path of the keys that say what selects experts.
    let selectionKeys = "agent.encoder.moe.task_id_to_encoder_id_cfg"

    let mixture =
        let at = selectionKeys
        let layers = "linear layers: 2 means one hidden layer"

        record<ExpertMixture> [
            part (network "agent.encoder.moe.encoder_cfg" "feedforward" (1, layers)) _.Expert

            key "agent.encoder.moe.num_experts" (Codec.int 1 1000) (is 9) _.NumExperts
            <| "experts (the papers: 4); with mode=cluster the experts of the first lists of words"

            key $"{at}.mode" (Codec.oneOf selections) (is ExpertSelection.Cluster) _.Selection
            <| "how a row chooses its experts"

            ignored "env.tasks decides" $"{at}.num_envs" Codec.count (like "env.num_envs")
            <| "number of tasks"

            part (weighing $"{at}.gate" false "should_detach_task_encoding") _.Gate
            part (weighing $"{at}.attention" true "should_detach_task-encoding") _.Attention

            orNull
                $"{at}.attention.task_encoder_cfg.should_detach_task_encoding"
                Codec.flag
                _.AttentionDetaches
            <| "no gradient from the weights into the task encoder; null: as should_detach_task-encoding, which the original has and does not read"

            ignored "the words follow env=" $"{at}.cluster.env_name" Codec.text (like "env.name")
            <| "benchmark whose words are used"

            key
                $"{at}.cluster.mapping_cfg"
                clusters
                (like "agent.task_to_encoder_cluster")
                _.Clusters
            <| "words that select experts"

            for mode in [ "cluster"; "identity"; "ensemble" ] do
                yield! Network.masks "expert" $"{at}.{mode}"
        ]
