namespace MtrlFunctional.Experiments

open MtrlFunctional.Tasks.DmControl

/// The schema of the keys of DeepMind Control.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
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

    let private stickyKeys: Field<DmControlKeys> list = [
        let at = $"{makeKwargs}.sticky_observation_cfg"

        key sticky Codec.flag (is false) _.IsSticky
        |> about "DeepMind Control: show old observations at random"

        let observation: Schema<StickyObservation> =
            record [
                key $"{at}.sticky_probability" Codec.fraction (is 0.1) _.Probability
                |> about "probability of an old observation in place of the newest"

                key $"{at}.last_k" (Codec.int 1 1000) (is 1) _.LastK
                |> about "largest age of an old observation, in steps"
            ]

        part observation _.Sticky
    ]

    /// Names that the word of the environment chooses.
    let private chosen pick standard =
        Default.By(fun c ->
            c.Env.Family.Variants |> Option.map pick |> Option.defaultValue standard |> is)

    let private builder: Field<DmControlKeys> list = [
        key
            "env.builder.domain_name"
            Codec.name
            (chosen (fun (domain, _, _) -> domain) "finger")
            (fun (keys: DmControlKeys) -> keys.Domain)
        |> about "domain of the variants"

        key "env.builder.task_name" Codec.name (chosen (fun (_, task, _) -> task) "spin") _.Task
        |> about "task of the variants"

        key
            "env.builder.prefix"
            Codec.name
            (chosen (fun (_, _, family) -> family) "size")
            (fun (keys: DmControlKeys) -> keys.Family)
        |> about "parameter that varies between variants"
    ]

    let private evaluated =
        entries [
            "base",
            key "env.eval.base" variants (like "env.train") id
            |> about "variants to evaluate: those of training"

            "interpolation",
            key "env.eval.interpolation" variants (is [ 5; 6 ]) id
            |> about "variants to evaluate: between those of training"

            "extrapolation",
            key "env.eval.extrapolation" variants (is [ 2; 9 ]) id
            |> about "variants to evaluate: outside those of training"
        ]

    let private sets: Field<DmControlKeys> list = [
        key "env.train" variants (is [ 3; 4; 7; 8 ]) _.Train
        |> about "variants to train on, from 0"

        part evaluated _.Evaluated
    ]

    let private images: Schema<ImageStack> =
        record [
            key height side (is 84) _.Height |> about "rows of an image: 84"
            key width side (is 84) _.Width |> about "pixels of a row: 84"

            key $"{makeKwargs}.frame_stack" (Codec.int 1 100) (is 3) (fun (images: ImageStack) ->
                images.Count)
            |> about "images in an observation"
        ]

    let private observation: Field<DmControlKeys> list = [
        part images _.Images

        key
            actionRepeat
            (Codec.int 1 1000)
            (Default.By(fun { Env = { Family = family } } ->
                is (if family.HasImages && not family.HasVariants then 1 else 2)))
            _.ActionRepeat
        |> about
            "DeepMind Control: control steps that repeat an action; the reward of a step is the sum of theirs"

        key fromPixels Codec.flag (Default.By(fun c -> is c.Env.IsPixels)) _.FromPixels
        |> about "DeepMind Control: observe images; states otherwise"

        key visualizeReward Codec.flag (is false) _.VisualizeReward
        |> about "colour robots by the reward, in videos"
    ]

    let schema = record (builder @ observation @ stickyKeys @ sets)

    let private paths (fields: Field<DmControlKeys> list) =
        fields
        |> List.collect _.Keys
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
