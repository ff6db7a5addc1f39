/// DeepMind Control: tasks, and variants of the model of one, from states or images.
module internal MtrlFunctional.Experiments.DmControlWords

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.DmControl

let private spec _ (keys: DmControlKeys) horizon tasks =
    match tasks |> List.map DmControlTasks.find with
    | [] -> None
    | found when found |> List.forall _.IsOk ->
        let spec = found |> List.choose Result.toOption |> DmControlTask.spec 1 horizon
        let images = keys.Images

        Some(
            if keys.FromPixels then
                {
                    spec with
                        Observation =
                            EnvironmentSpec.pictures images.Height images.Width images.Count
                }
            else
                spec
        )
    | _ -> None

let private familyOf word = {
    EnvFamily.Of word with
        Spec = spec
        DefinesSuccess = fun _ _ -> false
        Accepts = DmControlKeys.ofAll
        Unused = [
            for name in [ "num_goals"; "goals"; "goal_selection"; "reward_version" ] ->
                $"env.{name}", ""
        ]
        Defaults = [ "env.reward_normalization", Value.Text "none" ]
        HasImages = true
}

let family = {
    familyOf "dmc" with
        WrongTasks =
            fun _ ->
                EnvFamily.Only
                    (List.forall TaskNames.isDmControl)
                    "tasks of DeepMind Control with env=dmc-…"
                    "An experiment has one family of environments."
}

let private create name about tasks =
    EnvChoice.Of(name, about, family, DmControlTask.horizon, tasks)

/// The word of a task.
let ofTask task =
    create $"dmc-{task}" $"{task} of DeepMind Control, from states" [ task ]

let private variants (variation: Variation, task: DmControlTask) =
    let word = $"dmc-{DmControlTask.fullName task}-vary-{variation.Family}"

    let about =
        $"variants of {variation.Domain}-{task.Name} by {variation.Family}, trained and evaluated on sets of them"

    let family = {
        familyOf word with
            Accepts = DmControlKeys.ofVariants
            Variants = Some(variation.Domain, task.Name, variation.Family)
    }

    {
        EnvChoice.Of(word, about, family, DmControlTask.actions 2, []) with
            Count = Variation.count
    }

/// mtrl's word: ten variants of finger-spin, from pixels unless from_pixels=False.
let private fingerSpin = {
    variants (
        DmControlTasks.families
        |> List.find (fun (variation, task) ->
            variation.Domain = "finger" && task.Name = "spin" && variation.Family = "size")
    ) with
        Name = "dmcontrol-finger-spin-distribution-v0"
        About = "as dmc-finger-spin-vary-size, by default from pixels"
        IsPixels = true
}

let words = [
    fingerSpin

    for name in TaskNames.dmControl do
        ofTask name

    create
        "dmc-19"
        "tasks of DeepMind Control, from states; the largest action and observation"
        TaskNames.dmControl

    yield! List.map variants DmControlTasks.families
]
