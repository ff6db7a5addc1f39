/// Layers whose functions may fail, such as a program's own: results are checked, and exceptions are raised as an
/// OwnPartException that names the layer.
module internal MtrlFunctional.Networks.CheckedLayer

open System
open MtrlFunctional
open MtrlFunctional.Tensors

let private name (spec: Spec) path =
    if path = "" then spec.Kind else $"{path} ({spec.Kind})"

let private shape (x: Tensor) =
    let sizes = x.shape |> Array.map string |> String.concat "; "
    $"[{sizes}]"

let private run part (built: Module) weights (input: NetworkInput) =
    let output = OwnPart.call part (fun () -> built.Run weights input)
    let rows = input.Rows.shape
    let needed = [| rows[0]; rows[1]; int64 built.Width |]

    if output.dtype <> input.Rows.dtype then
        OwnPart.refuse part $"returned {output.dtype} for rows of {input.Rows.dtype}"
    elif output.shape = needed then
        output
    else
        let sizes = needed |> Array.map string |> String.concat "; "

        OwnPart.refuse
            part
            $"returned {shape output} for rows {shape input.Rows}; its Width is {built.Width}, so it returns [{sizes}]"

let private build (spec: Spec) precision path sizes : Module =
    let part = name spec path
    let building = $"{part}: Build"

    let built = OwnPart.call building (fun () -> spec.Build precision path sizes)

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

let private activationsPerRow (spec: Spec) isByRow sizes =
    let part = $"""{name spec ""}: ActivationsPerRow"""
    let count = OwnPart.call part (fun () -> spec.ActivationsPerRow isByRow sizes)

    if Double.IsFinite count && count >= 0.0 then
        count
    else
        OwnPart.refuse part $"returned {count}; it is finite and not negative"

/// The layer with checks; `again`: of the layer for each task.
let create again (spec: Spec) : Spec =
    let call path function' run =
        OwnPart.call $"{name spec path}: {function'}" run

    {
        spec with
            Build = build spec
            Errors = fun sizes -> call "" "Errors" (fun () -> spec.Errors sizes)
            Describe = fun owners sizes -> call "" "Describe" (fun () -> spec.Describe owners sizes)
            ActivationsPerRow = activationsPerRow spec
            OnRow = fun source path row -> call path "OnRow" (fun () -> spec.OnRow source path row)
            OnRowOfContext =
                spec.OnRowOfContext
                |> Option.map (fun onRow z source path row ->
                    call path "OnRowOfContext" (fun () -> onRow z source path row))
            Separate =
                fun () ->
                    call "" "Separate" (fun () -> Option.toList (spec.Separate()))
                    |> List.tryHead
                    |> Option.map again
    }

/// A program's network `part`, which has to give so many numbers; and so its other forms.
let rec network part outputs (spec: Spec) : Spec =
    let build precision path sizes =
        let built = spec.Build precision path sizes

        let stored = built.Parameters @ built.Fixed

        let repeated =
            stored
            |> List.countBy _.Path
            |> List.tryFind (fun (_, count) -> count > 1)
            |> Option.map fst

        let empty =
            stored
            |> List.tryFind (fun parameter -> List.contains 0L parameter.Shape)
            |> Option.map _.Path

        match repeated, empty with
        | Some path, _ ->
            OwnPart.refuse
                part
                $"has two parameters '{path}': the layers of a Chain need different names"
        | None, Some path ->
            OwnPart.refuse part $"has no number in '{path}': each layer needs at least one unit"
        | None, None when built.Width <> outputs ->
            OwnPart.refuse
                part
                $"gives {built.Width} numbers; NetworkSizes.Outputs asks for {outputs}"
        | None, None -> built

    let again = network part outputs

    {
        spec with
            Build = build
            Separate = spec.Separate >> Option.map again
            MapInner = spec.MapInner |> Option.map (fun map -> map >> again)
            Activated = spec.Activated |> Option.map (fun activate -> activate >> again)
            Normalised = spec.Normalised |> Option.map (fun normalise -> normalise >> again)
    }
