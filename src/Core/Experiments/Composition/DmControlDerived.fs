/// Values of experiments on DeepMind Control that follow from others.
module internal MtrlFunctional.Experiments.DmControlDerived

open MtrlFunctional.Tasks.DmControl

let private missing (given: Map<string, Value>) entries =
    (given, entries)
    ||> List.fold (fun given (key, value) ->
        if Map.containsKey key given then
            given
        else
            Map.add key value given)

let private texts names =
    names |> List.map Value.Text |> Value.List

/// Whether networks of an off-policy agent have parts for single tasks.
let private hasTaskParts choices (resolved: Map<string, Value>) =
    let isOn name =
        resolved[$"agent.multitask.{name}"] = Value.Bool true

    not (Choices.isOnPolicy choices)
    && (isOn "should_use_task_encoder"
        || isOn "should_use_multi_head_policy"
        || isOn "should_use_pal"
        || TaskModels.all
           |> List.exists (fun model ->
               model.KnowsTasks
               && not model.IsSeparate
               && resolved["agent.multitask.model"] = Value.Text model.Name))

/// The given values, and beside them what follows from valid ones: the tasks of variants, their number,
/// the horizon, and the encoder of states or images.
let fillIn (choices: Choices) (resolved: Map<string, Value>) given =
    let source = Schema.sourceOf choices (fun path -> resolved[path])

    match DmControlKeys.schema.Read source with
    | Error _ -> given
    | Ok keys ->
        missing given [
            match VariantSets.tasks choices.Env keys with
            | Some(trained, evaluated) ->
                "env.tasks", texts trained
                "env.test_tasks", texts evaluated

                "agent.multitask.num_envs",
                Value.Int(
                    int64 (
                        if hasTaskParts choices resolved then
                            Variation.count
                        else
                            trained.Length
                    )
                )
            | None -> ()

            if Map.containsKey DmControlKeys.actionRepeat given then
                "env.horizon", Value.Int(int64 (DmControlTask.actions keys.ActionRepeat))

            if keys.FromPixels && not (Choices.isOnPolicy choices) then
                ReplayBuffer.backing, Value.Text "auto"

            let encoder = "agent.encoder.type_to_select"

            match keys.FromPixels, resolved[encoder] with
            | false, Value.Text "pixel" -> encoder, Value.Text "identity"
            | true, Value.Text "identity" -> encoder, Value.Text "pixel"
            | _ -> ()
        ]
