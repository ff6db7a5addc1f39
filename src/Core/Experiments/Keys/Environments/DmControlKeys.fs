namespace MtrlFunctional.Experiments

/// `env.builder.*`, `env.train` and `env.eval.*`: how tasks of DeepMind Control are built.
type DmControlKeys = {
    /// Control steps that repeat an action, at least 1. Source: MTEnv, 2.
    ActionRepeat: int
}

module internal DmControlKeys =
    open Schema

    /// Key of the action repeat.
    let actionRepeat = "env.builder.make_kwargs.frame_skip"

    let private side = Codec.int 1 10_000
    let private variants = Codec.list (Codec.int 0 1000)

    let private sticky () =
        let at = "env.builder.make_kwargs.sticky_observation_cfg"

        schema {
            let! () =
                awaited $"{at}.should_use" Codec.flag (is false)
                |> about "sometimes repeat an old observation"

            and! () =
                awaited $"{at}.sticky_probability" Codec.fraction (is 0.1)
                |> about "probability of a repetition"

            and! () =
                awaited $"{at}.last_k" (Codec.int 1 1000) (is 1)
                |> about "largest age of a repeated observation"

            return ()
        }

    let schema =
        schema {
            let! () =
                awaited "env.builder.domain_name" Codec.name (is "finger")
                |> about "DM Control domain"

            and! () =
                awaited "env.builder.task_name" Codec.name (is "spin")
                |> about "DM Control task"

            and! () =
                awaited "env.builder.prefix" Codec.name (is "size")
                |> about "parameter that varies between variants"

            and! () = awaited "env.builder.make_kwargs.height" side (is 84) |> about "pixels"
            and! () = awaited "env.builder.make_kwargs.width" side (is 84) |> about "pixels"

            and! actionRepeat =
                key
                    actionRepeat
                    (Codec.int 1 1000)
                    (Default.By(fun c ->
                        match c.Env with
                        | EnvChoice.DmControl _ -> is 1
                        | _ -> is 2))
                    _.ActionRepeat
                |> about
                    "DeepMind Control: control steps that repeat an action; the reward of a step is the sum of theirs"

            and! () =
                awaited "env.builder.make_kwargs.frame_stack" (Codec.int 1 100) (is 3)
                |> about "images in an observation"

            and! () =
                awaited "env.builder.make_kwargs.from_pixels" Codec.flag (is true)
                |> about "observe images"

            and! () =
                awaited "env.builder.make_kwargs.visualize_reward" Codec.flag (is false)
                |> about "colour the scene by reward"

            and! () = sticky ()

            and! () =
                awaited "env.train" variants (is [ 3; 4; 7; 8 ]) |> about "variants to train on"

            and! () =
                awaited "env.eval.base" variants (like "env.train")
                |> about "variants to evaluate: those of training"

            and! () =
                awaited "env.eval.interpolation" variants (is [ 5; 6 ])
                |> about "variants to evaluate: between those of training"

            and! () =
                awaited "env.eval.extrapolation" variants (is [ 2; 9 ])
                |> about "variants to evaluate: outside those of training"

            return { ActionRepeat = actionRepeat }
        }
