namespace MtrlFunctional.Statistics

open System

/// One number for all tasks.
[<RequireQualifiedAccess>]
type TaskAggregate =
    | Average
    /// For an even number of tasks the mean of the middle two.
    | Median
    /// Minimum over tasks.
    | Worst

/// Aggregation over tasks of numbers such as success rates or returns.
module TaskAggregate =
    /// Every aggregate by its name.
    let byName = [
        "average", TaskAggregate.Average
        "median", TaskAggregate.Median
        "worst", TaskAggregate.Worst
    ]

    [<CompiledName("NameOf")>]
    let internal name aggregate =
        byName |> List.find (snd >> (=) aggregate) |> fst

    /// Aggregate over tasks: NaN is skipped; an empty input gives NaN.
    [<CompiledName("Over")>]
    let over aggregate (numbers: float seq) =
        match numbers |> Seq.filter Double.IsFinite |> Seq.toArray with
        | [||] -> nan
        | finite ->
            match aggregate with
            | TaskAggregate.Average -> Array.average finite
            | TaskAggregate.Worst -> Array.min finite
            | TaskAggregate.Median ->
                let sorted = Array.sort finite
                (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0
