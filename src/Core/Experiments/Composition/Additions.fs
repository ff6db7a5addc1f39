namespace MtrlFunctional.Experiments

open MtrlFunctional.Surgery

/// What a program adds to the library: algorithms with words and keys of their own, methods of surgery, networks and
/// environments.
[<NoEquality; NoComparison>]
type Additions = {
    Algorithms: Catalogue.Entry list
    Surgery: Method list
    Networks: TaskModel list
    Environments: EnvChoice list
}

/// Additions to the library.
module Additions =
    /// Nothing.
    [<CompiledName("None")>]
    let none = { Algorithms = []; Surgery = []; Networks = []; Environments = [] }

    /// Algorithms alone.
    [<CompiledName("OfAlgorithms")>]
    let ofAlgorithms entries = { none with Algorithms = entries }

    /// The algorithms of the library and these.
    [<CompiledName("Catalogue")>]
    let catalogue added = Catalogue.standard @ added.Algorithms

    /// The table of the library with the words of the additions.
    let internal table added =
        Table.create
            (added.Algorithms |> List.map _.Algorithm)
            (List.map AddedMethod.guarded added.Surgery)
            (List.map TaskModels.guarded added.Networks)
            added.Environments
