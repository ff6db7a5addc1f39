/// Layers that a program adds to those of the library, as the library runs them.
module internal MtrlFunctional.Networks.AddedLayer

let private isOfLibrary =
    let kinds = lazy (LayerKinds.all |> List.map (fun (layer, _) -> layer.Kind) |> Set)
    fun (spec: Spec) -> kinds.Value.Contains spec.Kind

/// The network, in which each layer that is not of the library is checked (`CheckedLayer`).
let rec checkedIn (spec: Spec) : Spec =
    let spec =
        match spec.MapInner with
        | Some map -> map checkedIn
        | None -> spec

    if isOfLibrary spec then
        spec
    else
        CheckedLayer.create checkedIn spec
