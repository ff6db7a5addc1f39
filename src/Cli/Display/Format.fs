/// Formats of numbers in messages and tables.
module MtrlFunctional.Cli.Display.Format

open System
open System.Globalization

/// 31,000.
let inline count n =
    (int64 n).ToString("N0", CultureInfo.InvariantCulture)

/// "1 task", "2,000 tasks": a count with its noun, whose plural ends in "s".
let plural (n: int) noun =
    if n = 1 then $"1 {noun}" else $"{count n} {noun}s"

/// Four significant digits, with separators from a thousand on; "–" for NaN and infinities.
let number (x: float) =
    if not (Double.IsFinite x) then
        "–"
    elif abs x >= 999.95 then
        x.ToString("N0", CultureInfo.InvariantCulture)
    elif abs x >= 0.001 || x = 0.0 then
        x.ToString("G4", CultureInfo.InvariantCulture)
    else
        x.ToString("0.0e0", CultureInfo.InvariantCulture)

/// "85 %"; "–" for NaN and infinities.
let percent (x: float) =
    if Double.IsFinite x then
        Math.Round(100.0 * x).ToString("0", CultureInfo.InvariantCulture) + " %"
    else
        "–"

/// A bar of `width` cells for a fraction in [0, 1], in eighths of a cell.
let bar width (fraction: float) =
    let clipped =
        if Double.IsNaN fraction then
            0.0
        else
            Math.Clamp(fraction, 0.0, 1.0)

    let eighths = int (Math.Round(clipped * float (8 * width)))
    let full = String('█', eighths / 8)

    let part =
        if eighths % 8 = 0 then
            ""
        else
            " ▏▎▍▌▋▊▉".Substring(eighths % 8, 1)

    (full + part).PadRight width
