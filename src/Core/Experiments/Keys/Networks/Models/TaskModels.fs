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

    let part = $"{word}: Create"

    let guardedLayers layers setting =
        let made = OwnPart.call part (fun () -> layers setting)

        [
            for i, (name, spec) in List.indexed made do
                let layer = LayerKinds.checkedIn (OwnPart.call part (fun () -> spec))
                let isLast = i = made.Length - 1
                let outputs = setting.Sizes.Outputs

                name,
                (if isLast then
                     CheckedLayer.network word outputs layer
                 else
                     layer)
        ]

    { model with Name = word; Layers = Option.map guardedLayers model.Layers }

/// The model of a configuration that is read without the program that has it.
let notGiven word = { TaskModel.Of(word, fun _ -> []) with Layers = None }
