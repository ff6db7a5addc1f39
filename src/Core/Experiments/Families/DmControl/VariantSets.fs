namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Tasks.DmControl

/// A set of variants that is evaluated.
type internal EvaluationMode = {
    /// "base", "interpolation" or "extrapolation".
    Name: string
    /// Each counted from 0, with the name of its task.
    Variants: (int * string) list
}

/// The tasks of sets of variants, which are counted from 0.
module internal VariantSets =
    let private wrong key value names =
        Requirement.wrong key (Codec.allowedNames names)
        |> because ((Nearest.hint names value).TrimStart())
        |> Error

    /// Task and family that the keys name, or what is wrong with the first key that is.
    let family (keys: DmControlKeys) =
        let domains = Variations.all |> List.map _.Domain |> List.distinct

        let tasks =
            DmControlTasks.standard |> List.filter (fun t -> t.Domain.Name = keys.Domain)

        let task = tasks |> List.tryFind (fun task -> task.Name = keys.Task)

        match List.contains keys.Domain domains, task, Variations.find keys.Domain keys.Family with
        | false, _, _ -> wrong "env.builder.domain_name" keys.Domain domains
        | _, None, _ -> tasks |> List.map _.Name |> wrong "env.builder.task_name" keys.Task
        | _, _, Error _ ->
            wrong "env.builder.prefix" keys.Family [
                for variation in Variations.all do
                    if variation.Domain = keys.Domain then
                        variation.Family
            ]
        | _, Some task, Ok variation -> Ok(task, variation)

    /// Full names of the tasks of variants.
    let names (task, variation) variants = [
        for index in variants ->
            Variation.apply variation (index + 1) task |> DmControlTask.fullName
    ]

    /// Variants of all modes of evaluation, each once.
    let evaluated (keys: DmControlKeys) =
        keys.Evaluated |> List.collect snd |> List.distinct

    /// Task names of training and evaluation; none for wrong keys and for empty sets.
    let tasks (env: EnvChoice) (keys: DmControlKeys) =
        match family keys, keys.Train, evaluated keys with
        | Ok family, (_ :: _ as trained), (_ :: _ as evaluated) when env.Family.HasVariants ->
            Some(names family (List.distinct trained), names family evaluated)
        | _ -> None

    /// The modes of evaluation that have variants; none for wrong keys.
    let modes (env: EnvChoice) (keys: DmControlKeys) =
        match family keys with
        | Ok family when env.Family.HasVariants -> [
            for name, variants in keys.Evaluated do
                if not variants.IsEmpty then
                    { Name = name; Variants = List.zip variants (names family variants) }
          ]
        | _ -> []
