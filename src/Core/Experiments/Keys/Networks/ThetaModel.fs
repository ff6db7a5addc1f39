namespace MtrlFunctional.Experiments

/// The encoding θ of a task in training or in an evaluation.
[<RequireQualifiedAccess>]
type ThetaSampling =
    /// The task's own.
    | Embedding
    /// θ of an embedding of zeros.
    | Zero
    /// The mean over all tasks but the first.
    | Mean
    /// The mean over the tasks of training.
    | MeanOfTraining

/// HiP-BMDP's task encoder, `agent.multitask.task_encoder_cfg.*`: an embedding of each task, and two layers.
type ThetaModel = {
    /// Width of the embedding; the hidden layer has twice as many units.
    Dim: int
    /// Rows of the embedding in the original, one for each task; `Mean` is taken over them.
    Rows: int
    /// Tasks that `MeanOfTraining` is taken over, from 0.
    TrainIds: int list
    /// In updates, and where the policy explores.
    Training: ThetaSampling
    /// At evaluation, by mode: "base", "interpolation", "extrapolation".
    Evaluation: (string * ThetaSampling) list
}

module internal ThetaModel =
    open Schema

    let private words =
        Codec.oneOf [
            "embedding", ThetaSampling.Embedding
            "zero", ThetaSampling.Zero
            "mean", ThetaSampling.Mean
            "mean_train", ThetaSampling.MeanOfTraining
        ]

    let private model = "agent.multitask.task_encoder_cfg.model_cfg"

    let private sampling mode standard meaning =
        let path = $"agent.multitask.task_encoder_cfg.sampling_strategy.eval.{mode}"
        mode, key path words (is standard) id meaning

    let private evaluation =
        entries [
            sampling "base" ThetaSampling.Embedding
            <| "θ of the variants of training at evaluation"

            sampling "interpolation" ThetaSampling.MeanOfTraining
            <| "θ of variants between the training variants"

            sampling "extrapolation" ThetaSampling.MeanOfTraining
            <| "θ of variants outside the training variants"
        ]

    let schema =
        record [
            key $"{model}.dim" Codec.size (is 50) _.Dim
            <| "θ: width of the embedding of a task; its hidden layer has twice as many units"

            key $"{model}.num_envs" (Codec.int 1 10_000) (like "agent.multitask.num_envs") _.Rows
            <| "θ: rows of the embedding; those behind the tasks are not used"

            key
                $"{model}.train_env_id"
                (Codec.list (Codec.int 0 10_000))
                (like "env.train")
                _.TrainIds
            <| "θ: tasks that mean_train is taken over, from 0"

            key
                "agent.multitask.task_encoder_cfg.sampling_strategy.train"
                words
                (is ThetaSampling.Embedding)
                _.Training
            <| "θ in training: the task's own (embedding), that of an embedding of zeros, or the mean over all tasks but the first, or over train_env_id"

            part evaluation _.Evaluation
        ]
