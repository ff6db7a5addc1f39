/// Numbers as cells of tables; "–" without a measurement.
module internal MtrlFunctional.Statistics.Cells

open System
open System.Globalization

let private measured (text: float -> string) x =
    if Double.IsFinite x then text x else "–"

/// In a format of .NET.
let number (format: string) =
    measured (fun x -> x.ToString(format, CultureInfo.InvariantCulture))

/// "85 %".
let percent =
    measured (fun x -> (100.0 * x).ToString("0", CultureInfo.InvariantCulture) + " %")

/// "85.4 %".
let percent1 =
    measured (fun x -> (100.0 * x).ToString("0.0", CultureInfo.InvariantCulture) + " %")
