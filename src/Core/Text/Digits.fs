/// Whole numbers in texts, the same in every culture.
module internal MtrlFunctional.Digits

open System.Globalization

/// "23,504".
let inline grouped n =
    (int64 n).ToString("N0", CultureInfo.InvariantCulture)
