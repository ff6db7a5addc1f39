namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Surgery

/// What a program adds to the library: algorithms with words and keys of their own, methods of surgery, networks,
/// environments, and experiments by name.
[<NoEquality; NoComparison>]
type Additions = internal {
    Algorithms: AlgorithmEntry list
    Surgery: Method list
    Networks: TaskModel list
    Environments: FamilyRules list
    Presets: Preset list
}

/// Additions to the library.
module Additions =
    /// Nothing.
    let none = {
        Algorithms = []
        Surgery = []
        Networks = []
        Environments = []
        Presets = []
    }

    /// Algorithms alone.
    let ofAlgorithms entries = { none with Algorithms = entries }

    /// The algorithms of the library and these.
    [<CompiledName("Catalogue")>]
    let catalogue added = Catalogue.standard @ added.Algorithms

    /// The presets of the library and these.
    let presets added = Presets.all @ added.Presets

    /// The words with the giver of each, the words of presets first, wherever the presets stand: what was typed decides. And the
    /// mistakes in names of presets.
    let internal expand added words =
        let presets = presets added

        let given (word: string) =
            let giver =
                Presets.nameIn word |> Option.map Giver.Preset |> Option.defaultValue Giver.Hand

            Presets.expand presets word |> Result.map (List.map (fun word -> giver, word))

        let words, unknown =
            GarageCommand.ofPapers words |> List.map given |> Results.partition

        let ofHand, ofPresets = List.concat words |> List.partition (fst >> _.IsHand)
        ofPresets @ ofHand, unknown

    /// Words of `agent=` of the library and of these.
    let agents added = Catalogue.words (catalogue added)

    /// Words of `env=` of the library and of these.
    let environments added =
        EnvChoice.all @ (added.Environments |> List.collect _.Words)
