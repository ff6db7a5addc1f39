namespace MtrlFunctional.Tensors

open System.Collections.Generic
open MtrlFunctional.Tensors

/// The tensors that a value owns: one small function for each type of state.
type Owns<'a> = 'a -> seq<Tensor>

/// Who frees native memory. Formulas never do: they run in a scope, which frees what they made
/// except what the result owns. A loop replaces one state by the next.
[<RequireQualifiedAccess>]
module Tensors =
    /// Runs `body`; what it created dies, except what its result owns, which moves to the
    /// surrounding scope (or, outside any, belongs to the caller).
    let scope (owns: Owns<'a>) (body: unit -> 'a) : 'a =
        use inner = Ops.Scope()
        let result = body ()

        // A result may also mention tensors from before: those stay where they are.
        for tensor in owns result do
            if inner.Contains tensor then
                inner.MoveToOuter tensor |> ignore

        result

    /// As `scope`, without recording anything for gradients.
    let constant (owns: Owns<'a>) (body: unit -> 'a) : 'a =
        use _ = Ops.NoGrad()
        scope owns body

    /// Frees the tensors of `old` that `next` does not share.
    let replace (owns: Owns<'a>) (old: 'a) (next: 'a) : 'a =
        let kept = HashSet(owns next, HashIdentity.Reference)

        for tensor in owns old do
            if not (kept.Contains tensor) then
                tensor.Dispose()

        next
