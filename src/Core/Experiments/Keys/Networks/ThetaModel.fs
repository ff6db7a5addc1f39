namespace MtrlFunctional.Experiments

/// The replacement of a task's encoding θ in an evaluation.
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
    /// Tasks that `MeanOfTraining` is taken over, from 0.
    TrainIds: int list
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

    let private sampling name standard get =
        key $"agent.multitask.task_encoder_cfg.sampling_strategy.{name}" words (is standard) get

    let private ofMode mode (theta: ThetaModel) =
        theta.Evaluation |> List.find (fst >> (=) mode) |> snd

    let schema =
        schema {
            let! dim =
                key $"{model}.dim" Codec.size (is 50) (fun (s: ThetaModel) -> s.Dim)
                |> about
                    "θ: width of the embedding of a task; its hidden layer has twice as many units"

            and! () =
                ignored
                    "there are as many as agent.multitask.num_envs"
                    $"{model}.num_envs"
                    (Codec.int 1 10_000)
                    (is 10)
                |> about "θ: rows of the embedding"

            and! trainIds =
                key
                    $"{model}.train_env_id"
                    (Codec.list (Codec.int 0 10_000))
                    (like "env.train")
                    _.TrainIds
                |> about "θ: tasks that mean_train is taken over, from 0"

            and! () =
                ignored
                    "each task has its own"
                    "agent.multitask.task_encoder_cfg.sampling_strategy.train"
                    (Codec.oneOf [ "embedding", () ])
                    (is ())
                |> about "θ in training"

            and! baseline =
                sampling "eval.base" ThetaSampling.Embedding (ofMode "base")
                |> about "θ of the variants of training at evaluation"

            and! interpolation =
                sampling "eval.interpolation" ThetaSampling.MeanOfTraining (ofMode "interpolation")
                |> about "θ of variants between those of training"

            and! extrapolation =
                sampling "eval.extrapolation" ThetaSampling.MeanOfTraining (ofMode "extrapolation")
                |> about "θ of variants outside those of training"

            return {
                Dim = dim
                TrainIds = trainIds
                Evaluation = [
                    "base", baseline
                    "interpolation", interpolation
                    "extrapolation", extrapolation
                ]
            }
        }
