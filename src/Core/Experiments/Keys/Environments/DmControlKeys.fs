namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks.DmControl

/// Images of an observation.
type ImageStack = {
    /// Rows.
    Height: int
    /// Pixels of a row.
    Width: int
    /// Images in an observation, at least 1.
    Count: int
}

/// `env.builder.*`, `env.train` and `env.eval.*`: how tasks of DeepMind Control are built. Variants are
/// counted from 0.
type DmControlKeys = {
    /// Of the variants.
    Domain: string
    /// Of the variants.
    Task: string
    /// `env.builder.prefix`: the parameter that varies.
    Family: string
    /// Control steps that repeat an action, at least 1. Source: MTEnv, 2.
    ActionRepeat: int
    FromPixels: bool
    /// With `FromPixels`.
    Images: ImageStack
    /// Whether the colours of robots show the reward.
    VisualizeReward: bool
    /// Whether old observations are shown.
    IsSticky: bool
    /// With `IsSticky`.
    Sticky: StickyObservation
    /// Variants to train on.
    Train: int list
    /// Variants of each mode of evaluation: "base", "interpolation", "extrapolation".
    Evaluated: (string * int list) list
}

module internal DmControlKeys =
    open Schema

    let private makeKwargs = "env.builder.make_kwargs"

    /// Key of the action repeat.
    let actionRepeat = $"{makeKwargs}.frame_skip"

    /// Key of the kind of observation.
    let fromPixels = $"{makeKwargs}.from_pixels"

    /// Key of the rows of a picture.
    let height = $"{makeKwargs}.height"

    /// Key of the pixels of a row.
    let width = $"{makeKwargs}.width"

    /// Key of the colours that show the reward.
    let visualizeReward = $"{makeKwargs}.visualize_reward"

    /// Key of old observations at random.
    let sticky = $"{makeKwargs}.sticky_observation_cfg.should_use"

    let private side = Codec.int 1 10_000
    let private variants = Codec.list (Codec.int 0 (Variation.count - 1))

    let private stickyKeys =
        let at = $"{makeKwargs}.sticky_observation_cfg"

        schema {
            let! isOn =
                key sticky Codec.flag (is false) (fun (s: DmControlKeys) -> s.IsSticky)
                |> about "DeepMind Control: show old observations at random"

            and! probability =
                key $"{at}.sticky_probability" Codec.fraction (is 0.1) _.Sticky.Probability
                |> about "probability of an old observation in place of the newest"

            and! lastK =
                key $"{at}.last_k" (Codec.int 1 1000) (is 1) _.Sticky.LastK
                |> about "largest age of an old observation, in steps"

            return isOn, { Probability = probability; LastK = lastK }
        }

    /// Names that the word of the environment chooses.
    let private chosen pick standard =
        Default.By(fun c ->
            match c.Env with
            | EnvChoice.Variants(domain, task, family) -> is (pick (domain, task, family))
            | _ -> is standard)

    let private builder =
        schema {
            let! domain =
                key
                    "env.builder.domain_name"
                    Codec.name
                    (chosen (fun (domain, _, _) -> domain) "finger")
                    (fun (s: DmControlKeys) -> s.Domain)
                |> about "domain of the variants"

            and! task =
                key
                    "env.builder.task_name"
                    Codec.name
                    (chosen (fun (_, task, _) -> task) "spin")
                    _.Task
                |> about "task of the variants"

            and! family =
                key
                    "env.builder.prefix"
                    Codec.name
                    (chosen (fun (_, _, family) -> family) "size")
                    _.Family
                |> about "parameter that varies between variants"

            return domain, task, family
        }

    let private evaluated mode (keys: DmControlKeys) =
        keys.Evaluated |> List.find (fst >> (=) mode) |> snd

    let private sets =
        schema {
            let! train =
                key "env.train" variants (is [ 3; 4; 7; 8 ]) (fun (s: DmControlKeys) -> s.Train)
                |> about "variants to train on, from 0"

            and! baseline =
                key "env.eval.base" variants (like "env.train") (evaluated "base")
                |> about "variants to evaluate: those of training"

            and! interpolation =
                key "env.eval.interpolation" variants (is [ 5; 6 ]) (evaluated "interpolation")
                |> about "variants to evaluate: between those of training"

            and! extrapolation =
                key "env.eval.extrapolation" variants (is [ 2; 9 ]) (evaluated "extrapolation")
                |> about "variants to evaluate: outside those of training"

            return
                train,
                [
                    "base", baseline
                    "interpolation", interpolation
                    "extrapolation", extrapolation
                ]
        }

    let private observation =
        schema {
            let! height =
                key height side (is 84) (fun (s: DmControlKeys) -> s.Images.Height)
                |> about "rows of an image: 84"

            and! width = key width side (is 84) _.Images.Width |> about "pixels of a row: 84"

            and! repeat =
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

            and! stack =
                key $"{makeKwargs}.frame_stack" (Codec.int 1 100) (is 3) _.Images.Count
                |> about "images in an observation"

            and! pixels =
                key
                    fromPixels
                    Codec.flag
                    (Default.By(fun c ->
                        match c.Env with
                        | EnvChoice.DmControl _
                        | EnvChoice.Variants _
                        | EnvChoice.Mixed
                        | EnvChoice.MixedMt10Dmc5 -> is false
                        | _ -> is true))
                    _.FromPixels
                |> about "DeepMind Control: observe images; states otherwise"

            and! visualizeReward =
                key visualizeReward Codec.flag (is false) _.VisualizeReward
                |> about "colour robots by the reward, in videos"

            let images = { Height = height; Width = width; Count = stack }
            return repeat, pixels, images, visualizeReward
        }

    let schema =
        schema {
            let! domain, task, family = builder
            and! repeat, pixels, images, visualizeReward = observation
            and! isSticky, sticky = stickyKeys
            and! train, evaluated = sets

            return {
                Domain = domain
                Task = task
                Family = family
                ActionRepeat = repeat
                FromPixels = pixels
                Images = images
                VisualizeReward = visualizeReward
                IsSticky = isSticky
                Sticky = sticky
                Train = train
                Evaluated = evaluated
            }
        }

    let private paths schema =
        schema.Keys
        |> List.filter (fun key -> key.Effect = Effect.Used)
        |> List.map _.Path

    /// Keys of environments with variants.
    let ofVariants = paths builder

    /// Sets of variants. The original's Distral needs one with Meta-World, too, where it has no effect.
    let ofSets = paths sets

    /// Keys of all environments of DeepMind Control.
    let ofAll = paths observation @ paths stickyKeys

    /// Those of tasks in a run with tasks of other families.
    let ofMixed = actionRepeat :: paths stickyKeys
