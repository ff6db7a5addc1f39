/// The models of the library. A model is a file of this folder and a line here.
module internal MtrlFunctional.Experiments.TaskModels

open MtrlFunctional
open MtrlFunctional.Networks

/// Every model, in the order of lists.
let all = [
    FlagsModel.model
    HeadsModel.model
    PacoModel.model
    MooreModel.model
    HypernetworkModel.model
    SeparateModel.model
]

/// A program's model as the library runs it. Its layers are checked, and raise OwnPartException where its function fails or
/// returns null.
let guarded (model: TaskModel) =
    let word = Own.word model.Name

    let call run = OwnPart.call $"{word}: Create" run

    {
        model with
            Name = word
            Layers =
                model.Layers
                |> Option.map (fun layers setting -> [
                    for name, spec in call (fun () -> layers setting) ->
                        name, LayerKinds.checkedIn (call (fun () -> spec))
                ])
    }

/// The model of a configuration that is read without the program that has it.
let notGiven word = { TaskModel.Of(word, fun _ -> []) with Layers = None }
