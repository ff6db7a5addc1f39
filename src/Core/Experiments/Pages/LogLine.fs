/// The line that the papers' program prints for an episode, for example
/// `| train | E: 5270 | S: 790500 | D: 2.7 s | Su: 0.6000 | R_0: 487.5569 | R_1: 8.9984 | ENV_0: 0`.
///
/// Source: the golden digest of mtrl, "Log lines"; the printing follows Python's `%d`, `%.4f`, `%s`.
module internal MtrlFunctional.Experiments.LogLine

open System
open System.Collections.Generic
open System.Globalization

/// As Python prints numbers that are none.
let private printed (format: string) (x: float) =
    if Double.IsNaN x then "nan"
    elif Double.IsPositiveInfinity x then "inf"
    elif Double.IsNegativeInfinity x then "-inf"
    else x.ToString(format, CultureInfo.InvariantCulture)

let private value format x =
    match format with
    | MetricFormat.Int -> printed "F0" (truncate x)
    | MetricFormat.Float -> printed "F4" x
    | MetricFormat.Time -> printed "F1" x + " s"
    | MetricFormat.Text -> printed "R" x

/// Keys and names of a column: one, or one for each task.
let private expand tasks column short =
    if column.Key.EndsWith '_' then
        [ for i in 0 .. tasks - 1 -> $"{column.Key}{i}", $"{short}{i}" ]
    else
        [ column.Key, short ]

/// The line of an episode: every column that has a name and was measured, in the order of the
/// columns, those per task after all others.
/// The word is as wide as the program's without colours: "train", "eval ".
[<CompiledName("Format")>]
let format
    (mode: string)
    tasks
    (columns: LoggedMetric list)
    (measured: IReadOnlyDictionary<string, float>)
    =
    let perTask, whole = columns |> List.partition (fun c -> c.Key.EndsWith '_')

    let pieces = [
        for column in whole @ perTask do
            for short in Option.toList column.Abbreviation do
                for key, name in expand tasks column short do
                    match measured.TryGetValue key with
                    | true, x -> $"{name}: {value column.Format x}"
                    | _ -> ()
    ]

    String.Join(" | ", $"| {mode.PadRight 5}" :: pieces)
