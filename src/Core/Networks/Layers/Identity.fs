namespace MtrlFunctional.Networks

/// The features, unchanged.
module Identity =
    let rec private create () : Spec = {
        Spec.Of("Identity", [], fun _ _ sizes -> Module.plain sizes.Features _.Rows) with
            Describe = fun _ _ -> "identity"
            ActivationsPerRow = fun _ _ -> 0.0
            OnRow = fun _ _ row -> Ok row
            Separate = fun () -> Some(create ())
    }

    /// The layer.
    let layer = create ()
