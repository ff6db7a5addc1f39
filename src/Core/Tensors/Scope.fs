namespace MtrlFunctional.Tensors

open System.Collections.Generic

/// The tensors that a value owns: one function for each type of state.
type Owns<'a> = 'a -> seq<Tensor>

/// Lifetime of native memory. Formulas free nothing: they run in a scope, which frees all tensors made in it
/// except those that the result owns. A loop replaces one state by the next.
[<RequireQualifiedAccess>]
module Tensors =
    /// Runs `body` and frees the tensors that it made, except those that its result owns: they move to the
    /// surrounding scope (or, outside any, belong to the caller).
    let scope (owns: Owns<'a>) (body: unit -> 'a) : 'a =
        use inner = TorchSharp.torch.NewDisposeScope()
        let result = body ()

        // A result may also contain older tensors: they stay in their scope.
        for tensor in owns result do
            if inner.Contains tensor then
                inner.MoveToOuter tensor |> ignore

        result

    /// As `scope`, without recording anything for gradients.
    let constant (owns: Owns<'a>) (body: unit -> 'a) : 'a =
        use _ = TorchSharp.torch.no_grad ()
        scope owns body

    /// Frees the tensors of `old` that `next` does not share.
    let replace (owns: Owns<'a>) (old: 'a) (next: 'a) : 'a =
        let shared = HashSet(owns next, HashIdentity.Reference)

        for tensor in owns old do
            if not (shared.Contains tensor) then
                tensor.Dispose()

        next
