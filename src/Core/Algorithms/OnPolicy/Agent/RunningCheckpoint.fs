/// Running statistics as named tensors (`NamedTensors`): "statistics/obs/mean".
module MtrlFunctional.Algorithms.RunningCheckpoint

open MtrlFunctional.Tensors

/// Statistics below a name. They are views: valid as long as the statistics.
let toNamed name (running: Running) = [
    $"{name}/count", Tensor.ofDoubles [||] [| running.Count |]
    $"{name}/mean", running.Mean
    $"{name}/variance", running.Variance
]

/// The names of statistics that are missing or have another shape.
let faults find (name, shape) =
    let shape = List.ofArray shape

    [
        yield! NamedTensors.fault find $"{name}/count" []
        yield! NamedTensors.fault find $"{name}/mean" shape
        yield! NamedTensors.fault find $"{name}/variance" shape
    ]

/// Statistics without faults.
let ofNamed place (find: NamedTensors.Find) name : Running = {
    Count = find $"{name}/count" |> Option.get |> Tensor.item
    Mean = NamedTensors.tensor place find $"{name}/mean"
    Variance = NamedTensors.tensor place find $"{name}/variance"
}
