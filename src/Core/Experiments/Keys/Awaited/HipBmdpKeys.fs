/// Keys of HiP-BMDP's task encoder and of its contrastive loss, which are not available yet.
module internal MtrlFunctional.Experiments.HipBmdpKeys

open MtrlFunctional.Experiments.Schema

let private words = [ for name in [ "embedding"; "zero"; "mean"; "mean_train" ] -> name, name ]

let private sampling name standard =
    awaited
        $"agent.multitask.task_encoder_cfg.sampling_strategy.{name}"
        (Codec.oneOf words)
        (is standard)

let private model () =
    let at = "agent.multitask.task_encoder_cfg.model_cfg"

    schema {
        let! () =
            awaited $"{at}.dim" Codec.size (is 50) |> about "width of HiP-BMDP's embedding"

        and! () =
            awaited $"{at}.num_envs" (Codec.int 1 10_000) (is 10)
            |> about "rows of HiP-BMDP's embedding"

        and! () =
            awaited $"{at}.train_env_id" (Codec.list (Codec.int 0 10_000)) (like "env.train")
            |> about "variants that HiP-BMDP's mean is taken over"

        return ()
    }

let schema () =
    schema {
        let! () = model ()
        and! () = sampling "train" "embedding" |> about "HiP-BMDP's encoding in training"

        and! () =
            sampling "eval.base" "embedding"
            |> about "HiP-BMDP's encoding of the variants of training"

        and! () =
            sampling "eval.interpolation" "mean_train"
            |> about "HiP-BMDP's encoding of variants between those of training"

        and! () =
            sampling "eval.extrapolation" "mean_train"
            |> about "HiP-BMDP's encoding of variants outside those of training"

        and! () =
            awaited "agent.multitask.contrastive.should_use" Codec.flag (is true)
            |> about "HiP-BMDP's contrastive loss"

        and! () =
            awaited "agent.multitask.contrastive.alpha" Codec.notNegative (is 0.01)
            |> about "weight of HiP-BMDP's contrastive loss"

        return ()
    }
