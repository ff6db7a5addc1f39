namespace MtrlFunctional.Experiments

open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Surgery

/// What a program adds to the words of the library: algorithms with words and keys of their own, methods of surgery, and parts
/// that the word "own/NAME" chooses.
[<NoEquality; NoComparison>]
type Additions = {
    Algorithms: Catalogue.Entry list
    Surgery: Method list
    Networks: OwnNetwork list
    Environments: OwnEnvironment list
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
        Table.create (added.Algorithms |> List.map _.Algorithm) {
            Surgery = List.map AddedMethod.guarded added.Surgery
            Networks = added.Networks
            Environments = added.Environments
        }
