namespace MtrlFunctional.Experiments

open MtrlFunctional.Surgery

/// What a program adds to the library: algorithms with words and keys of their own, methods of surgery, networks,
/// environments, and experiments by name.
[<NoEquality; NoComparison>]
type Additions = {
    Algorithms: AlgorithmEntry list
    Surgery: Method list
    Networks: TaskModel list
    Environments: FamilyRules list
    Presets: Preset list
}

/// Additions to the library.
module Additions =
    /// Nothing.
    [<CompiledName("None")>]
    let none = {
        Algorithms = []
        Surgery = []
        Networks = []
        Environments = []
        Presets = []
    }

    /// Algorithms alone.
    [<CompiledName("OfAlgorithms")>]
    let ofAlgorithms entries = { none with Algorithms = entries }

    /// The algorithms of the library and these.
    [<CompiledName("Catalogue")>]
    let catalogue added = Catalogue.standard @ added.Algorithms

    /// The presets of the library and these.
    [<CompiledName("Presets")>]
    let presets added = Presets.all @ added.Presets

    /// The words with those of presets in their place, and the source of each.
    let internal expand added words =
        let presets = presets added

        let sourced (word: string) =
            let source =
                match Presets.nameIn word with
                | Some name -> OriginSource.Preset name
                | None -> OriginSource.CommandLine

            Presets.expand presets word |> Result.map (List.map (fun word -> source, word))

        GarageCommand.ofPapers words |> List.map sourced

    /// Who gave each word of a source.
    let internal givers words = [
        for source, word in words ->
            match source with
            | OriginSource.Preset _ -> Giver.Preset, word
            | _ -> Giver.Hand, word
    ]

    /// Words of `agent=` of the library and of these.
    [<CompiledName("Agents")>]
    let agents added = Catalogue.words (catalogue added)

    /// The table of the library with the words of the additions.
    let internal table added =
        Table.create
            (catalogue added)
            (List.map AddedMethod.guarded added.Surgery)
            (List.map TaskModels.guarded added.Networks)
            added.Environments
