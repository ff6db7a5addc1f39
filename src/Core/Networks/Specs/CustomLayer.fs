/// Calls of layers from outside the library: their results are checked, and their exceptions are raised as an
/// OwnPartException that names the layer.
module internal MtrlFunctional.Networks.CustomLayer

open System
open MtrlFunctional
open MtrlFunctional.Tensors

let private name (layer: ICustomLayer) path =
    let layer = layer.GetType().Name
    if path = "" then layer else $"{path} ({layer})"

let private shape (x: Tensor) =
    let sizes = x.shape |> Array.map string |> String.concat "; "
    $"[{sizes}]"

let private run part (built: Module) weights (input: NetworkInput) =
    let output = OwnPart.call part (fun () -> built.Run weights input)
    let rows = input.Rows.shape
    let needed = [| rows[0]; rows[1]; int64 built.Width |]

    if output.shape = needed then
        output
    else
        let sizes = needed |> Array.map string |> String.concat "; "

        OwnPart.refuse
            part
            $"returned {shape output} for rows {shape input.Rows}; its Width is {built.Width}, so it returns [{sizes}]"

/// As `ICustomLayer.Build`.
let build (layer: ICustomLayer) precision path sizes : Module =
    let part = name layer path
    let building = $"{part}: Build"

    let built = OwnPart.call building (fun () -> layer.Build(precision, path, sizes))

    if
        isNull (box built.Parameters)
        || isNull (box built.Fixed)
        || isNull (box built.Run)
    then
        OwnPart.refuse building "returned a module whose Parameters, Fixed or Run is null"
    elif built.Width < 1 then
        OwnPart.refuse building $"returned a module of Width {built.Width}; it is at least 1"
    else
        { built with Run = run $"{part}: Run" built }

/// As `ICustomLayer.Describe`.
let describe (layer: ICustomLayer) sizes =
    OwnPart.call $"""{name layer ""}: Describe""" (fun () -> layer.Describe sizes)

/// As `ICustomLayer.ActivationsPerRow`.
let activationsPerRow (layer: ICustomLayer) sizes =
    let part = $"""{name layer ""}: ActivationsPerRow"""
    let count = OwnPart.call part (fun () -> layer.ActivationsPerRow sizes)

    if Double.IsFinite count && count >= 0.0 then
        count
    else
        OwnPart.refuse part $"returned {count}; it is finite and not negative"
