namespace MtrlFunctional.Experiments

/// DM Control: how observations are taken.
type DmControl = {
    DomainName: string
    TaskName: string
    /// Prefix of the parameter that varies between tasks.
    Prefix: string
    /// Pixels.
    Height: int
    Width: int
    /// Physics steps per action.
    FrameSkip: int
    FrameStack: int
    FromPixels: bool
    VisualizeReward: bool
    StickyShouldUse: bool
    StickyProbability: float
    StickyLastK: int
    /// Variants to train on.
    Train: int list
    EvalBase: int list
    EvalInterpolation: int list
    EvalExtrapolation: int list
}

module internal DmControl =
    open Schema

    let private side = Codec.int 1 10_000
    let private variants = Codec.list (Codec.int 0 1000)

    let schema =
        schema {
            let! domainName =
                key "env.builder.domain_name" Codec.name (is "finger") (fun (s: DmControl) ->
                    s.DomainName)
                |> about "DM Control domain"

            and! taskName =
                key "env.builder.task_name" Codec.name (is "spin") _.TaskName
                |> about "DM Control task"

            and! prefix =
                key "env.builder.prefix" Codec.name (is "size") _.Prefix
                |> about "parameter that varies between variants"

            and! height =
                key "env.builder.make_kwargs.height" side (is 84) _.Height |> about "pixels"

            and! width =
                key "env.builder.make_kwargs.width" side (is 84) _.Width |> about "pixels"

            and! frameSkip =
                key "env.builder.make_kwargs.frame_skip" (Codec.int 1 1000) (is 2) _.FrameSkip
                |> about "physics steps per action (DM Control)"

            and! frameStack =
                key "env.builder.make_kwargs.frame_stack" (Codec.int 1 100) (is 3) _.FrameStack
                |> about "images in an observation"

            and! fromPixels =
                key "env.builder.make_kwargs.from_pixels" Codec.flag (is true) _.FromPixels
                |> about "observe images"

            and! visualizeReward =
                key
                    "env.builder.make_kwargs.visualize_reward"
                    Codec.flag
                    (is false)
                    _.VisualizeReward
                |> about "colour the scene by reward"

            and! stickyShouldUse =
                key
                    "env.builder.make_kwargs.sticky_observation_cfg.should_use"
                    Codec.flag
                    (is false)
                    _.StickyShouldUse
                |> about "sometimes repeat an old observation"

            and! stickyProbability =
                key
                    "env.builder.make_kwargs.sticky_observation_cfg.sticky_probability"
                    Codec.fraction
                    (is 0.1)
                    _.StickyProbability
                |> about "how often"

            and! stickyLastK =
                key
                    "env.builder.make_kwargs.sticky_observation_cfg.last_k"
                    (Codec.int 1 1000)
                    (is 1)
                    _.StickyLastK
                |> about "how old at most"

            and! train =
                key "env.train" variants (is [ 3; 4; 7; 8 ]) _.Train
                |> about "variants to train on"

            and! evalBase =
                key "env.eval.base" variants (like "env.train") _.EvalBase
                |> about "variants to evaluate: known"

            and! evalInterpolation =
                key "env.eval.interpolation" variants (is [ 5; 6 ]) _.EvalInterpolation
                |> about "variants to evaluate: in between"

            and! evalExtrapolation =
                key "env.eval.extrapolation" variants (is [ 2; 9 ]) _.EvalExtrapolation
                |> about "variants to evaluate: beyond"

            return {
                DomainName = domainName
                TaskName = taskName
                Prefix = prefix
                Height = height
                Width = width
                FrameSkip = frameSkip
                FrameStack = frameStack
                FromPixels = fromPixels
                VisualizeReward = visualizeReward
                StickyShouldUse = stickyShouldUse
                StickyProbability = stickyProbability
                StickyLastK = stickyLastK
                Train = train
                EvalBase = evalBase
                EvalInterpolation = evalInterpolation
                EvalExtrapolation = evalExtrapolation
            }
        }
