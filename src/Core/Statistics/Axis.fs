/// Limits and ticks of an axis at round numbers.
module MtrlFunctional.Statistics.Axis

open System
open System.Globalization

/// Range of an axis, and the distance of its ticks.
type Axis = { Low: float; High: float; Step: float }

/// 1, 2 or 5 times a power of ten, the nearest above `x`.
let private round x =
    let power = 10.0 ** floor (log10 x)
    let mantissa = x / power

    power
    * (if mantissa <= 1.0 then 1.0
       elif mantissa <= 2.0 then 2.0
       elif mantissa <= 5.0 then 5.0
       else 10.0)

/// An axis over all values, with about `ticks` steps. Without values from 0 to 1; a single value
/// gets room around it.
let over ticks (values: float seq) =
    let values = values |> Seq.filter Double.IsFinite |> Seq.toArray

    let low, high =
        if values.Length = 0 then
            0.0, 1.0
        else
            Array.min values, Array.max values

    let room = if high > low then 0.0 else max 1e-9 (abs low * 0.1)
    let low, high = low - room, high + room
    let step = round ((high - low) / float ticks)

    {
        Low = floor (low / step + 1e-9) * step
        High = ceil (high / step - 1e-9) * step
        Step = step
    }

/// An axis with given limits.
let fixedTo ticks (low, high) = {
    Low = low
    High = high
    Step = round ((high - low) / float ticks)
}

let ticks axis = [
    for i in 0 .. int (Math.Round((axis.High - axis.Low) / axis.Step)) ->
        axis.Low + float i * axis.Step
]

/// The number of a tick: "0.25", "1.5 k", "2 M".
let label axis (x: float) =
    let short (x: float) =
        x.ToString("0.######", CultureInfo.InvariantCulture)

    let largest = max (abs axis.Low) (abs axis.High)
    // A tick at zero, up to rounding.
    let x = if abs x < axis.Step * 1e-6 then 0.0 else x

    if x = 0.0 then
        "0"
    elif largest >= 1e6 then
        $"{short (Math.Round(x / 1e6, 3))} M"
    elif largest >= 1e4 then
        $"{short (Math.Round(x / 1e3, 3))} k"
    elif axis.Step < 1e-5 then
        x.ToString("0.#e0", CultureInfo.InvariantCulture)
    else
        short (Math.Round(x, 6))
