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

/// The given values, and beside them what follows from valid ones: the tasks of variants, the horizon, and
/// the encoder of states.
let fillIn (choices: Choices) (resolved: Map<string, Value>) given =
    let source = { Choices = choices; Value = fun path -> resolved[path] }

    match DmControlKeys.schema.Read source with
    | Error _ -> given
    | Ok keys ->
        missing given [
            match VariantSets.tasks choices.Env keys with
            | Some(trained, evaluated) ->
                "env.tasks", texts trained
                "env.test_tasks", texts evaluated
            | None -> ()

            if Map.containsKey DmControlKeys.actionRepeat given then
                "env.horizon", Value.Int(int64 (DmControlTask.actions keys.ActionRepeat))

            let encoder = "agent.encoder.type_to_select"

            if not keys.FromPixels && resolved[encoder] = Value.Text "pixel" then
                encoder, Value.Text "identity"
        ]
