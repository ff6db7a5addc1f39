/// The schema of the keys of DeepMind Control.
module internal MtrlFunctional.Experiments.DmControlSchema

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Tasks.DmControl

let private side = Codec.int 1 10_000
let private variants = Codec.list (Codec.int 0 (Variation.count - 1))

/// Names that the word of the environment chooses.
let private chosen pick standard =
    by (fun c -> c.Env.Family.Variants |> Option.map pick |> Option.defaultValue standard)

let private images: Schema<ImageStack> =
    record [
        key DmControlKeys.height side (is 84) _.Height <| "rows of an image: 84"
        key DmControlKeys.width side (is 84) _.Width <| "pixels of a row: 84"

        key DmControlKeys.frames (Codec.int 1 100) (is 3) _.Count
        <| "images in an observation"
    ]

let private sticky: Schema<StickyObservation> =
    record [
        key DmControlKeys.stickyProbability Codec.fraction (is 0.1) _.Probability
        <| "probability of an old observation in place of the newest"

        key DmControlKeys.stickyAge (Codec.int 1 1000) (is 1) _.LastK
        <| "largest age of an old observation, in steps"
    ]

let private evaluated =
    let evaluated mode standard meaning =
        mode, key (DmControlKeys.evaluated mode) variants standard id meaning

    entries [
        evaluated "base" (like DmControlKeys.train)
        <| "variants to evaluate: the training variants"

        evaluated "interpolation" (is [ 5; 6 ])
        <| "variants to evaluate: between the training variants"

        evaluated "extrapolation" (is [ 2; 9 ])
        <| "variants to evaluate: outside the training variants"
    ]

let schema =
    record<DmControlKeys> [
        key DmControlKeys.domain Codec.name (chosen (fun (name, _, _) -> name) "finger") _.Domain
        <| "domain of the variants"

        key DmControlKeys.task Codec.name (chosen (fun (_, task, _) -> task) "spin") _.Task
        <| "task of the variants"

        key DmControlKeys.prefix Codec.name (chosen (fun (_, _, family) -> family) "size") _.Family
        <| "parameter that varies between variants"

        part images _.Images

        key
            DmControlKeys.actionRepeat
            (Codec.int 1 1000)
            (by (fun { Env = { Family = family } } ->
                if family.HasImages && not family.HasVariants then 1 else 2))
            _.ActionRepeat
        <| "DeepMind Control: control steps that repeat an action; the reward of a step is the sum of theirs"

        key DmControlKeys.fromPixels Codec.flag (by _.Env.IsPixels) _.FromPixels
        <| "DeepMind Control: observe images; states otherwise"

        key DmControlKeys.visualizeReward Codec.flag (is false) _.VisualizeReward
        <| "colour robots by the reward, in videos"

        key DmControlKeys.sticky Codec.flag (is false) _.IsSticky
        <| "DeepMind Control: show old observations at random"

        part sticky _.Sticky

        key DmControlKeys.train variants (is [ 3; 4; 7; 8 ]) _.Train
        <| "variants to train on, from 0"

        part evaluated _.Evaluated
    ]
