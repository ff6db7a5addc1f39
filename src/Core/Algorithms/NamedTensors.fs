/// States as named tensors, for checkpoints that people can read: "actor/trunk/0/weight" is a parameter,
/// "optimizer/actor/first/trunk/0/weight" and "…/second/…" are its moments of Adam, and "optimizer/actor/steps" is the
/// number of Adam's steps.
module MtrlFunctional.Algorithms.NamedTensors

open MtrlFunctional.Tensors

/// Finds a tensor of a file by its name.
type Find = string -> Tensor option

/// The parameters of a vector, below a name. They are views: valid as long as the vector.
let ofVector name layout vector = [
    for KeyValue(path, view) in Layout.views layout vector -> Parameter.join name path, view
]

let private first name = $"optimizer/{name}/first"
let private second name = $"optimizer/{name}/second"
let private steps name = $"optimizer/{name}/steps"

/// The state of an optimiser.
let ofMoments name layout (moments: AdamMoments) = [
    yield! ofVector (first name) layout moments.FirstMoment
    yield! ofVector (second name) layout moments.SecondMoment
    steps name, Tensor.ofLongs [||] [| moments.Steps |]
]

/// A trained vector with the state of its optimiser.
let ofAdamState name layout (trained: AdamState) =
    ofVector name layout trained.Values
    @ ofMoments name layout (AdamState.moments trained)

let private show (shape: seq<int64>) =
    let sizes = shape |> Seq.map string |> String.concat "; "
    $"[{sizes}]"

/// Error where a named tensor is missing or has another shape.
let fault (find: Find) name shape =
    match find name with
    | None -> [ $"{name}: missing." ]
    | Some tensor when List.ofArray (Tensor.shape tensor) <> shape -> [
        $"{name} is {show (Tensor.shape tensor)} in the checkpoint, {show shape} in the network."
      ]
    | Some _ -> []

/// Errors where named tensors do not form a vector of a layout.
let faultsOfVector find (name, layout) = [
    for { Parameter = parameter } in layout.Slots do
        yield! fault find (Parameter.join name parameter.Path) parameter.Shape
]

/// Errors where they do not form the state of an optimiser.
let faultsOfMoments find (name, layout) = [
    for place in [ first name; second name ] do
        yield! faultsOfVector find (place, layout)

    yield! fault find (steps name) []
]

/// Errors where they do not form a vector with its optimiser state.
let faultsOfAdamState find (name, layout) =
    faultsOfVector find (name, layout) @ faultsOfMoments find (name, layout)

/// The tensor of this name, which must exist, copied to `place`.
let tensor place (find: Find) name =
    find name |> Option.get |> TensorOptions.put place

/// A vector without faults.
let vector place find (name, layout) =
    if List.isEmpty layout.Slots then
        Draw.constant place 0.0 [| 0L |]
    else
        Layout.flatten layout (fun p -> tensor place find (Parameter.join name p.Path))

/// The whole number of a name.
let count (find: Find) name =
    find name |> Option.get |> Tensor.toLongs |> Array.head

/// The state of an optimiser, without faults.
let moments place find (name, layout) : AdamMoments = {
    FirstMoment = vector place find (first name, layout)
    SecondMoment = vector place find (second name, layout)
    Steps = count find (steps name)
}

/// A vector that learns, without faults.
let adamState place find (name, layout) : AdamState =
    AdamState.ofMoments (vector place find (name, layout)) (moments place find (name, layout))
