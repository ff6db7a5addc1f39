namespace MtrlFunctional.Verification

/// How far a computed number may be from the recorded x.
type Tolerance =
    | Absolute of float
    /// Of the larger of both numbers; for numbers close to zero as `Absolute`.
    | Relative of float
    /// Of 1 + |x|.
    | Scaled of float

    member this.Number =
        match this with
        | Absolute number
        | Relative number
        | Scaled number -> number

/// One quantity of a golden file compared with what this program computes: a line of the table
/// that `mtrl verify` prints.
type Check = {
    /// The golden file as the user named it.
    File: string
    /// What was compared, with its path in the file: "ep0.qpos".
    Quantity: string
    /// Largest |computed − recorded|; infinite where shapes differ or exactly one side is NaN.
    MaxAbsolute: float
    /// Largest |computed − recorded| / max(|computed|, |recorded|).
    MaxRelative: float
    Tolerance: float
    Passed: bool
    /// False where nothing could be compared; the quantity then holds the reason.
    Compared: bool
}

/// The comparator: recorded with computed numbers.
module Check =
    /// Absolute and relative difference of two numbers; equal numbers (two NaN are equal, and so
    /// are 0 and −0) have difference 0.
    let private difference (recorded: float) (computed: float) =
        if
            recorded = computed
            || (System.Double.IsNaN recorded && System.Double.IsNaN computed)
        then
            struct (0.0, 0.0)
        else
            let d = abs (computed - recorded)

            if System.Double.IsFinite d then
                struct (d, d / max (abs recorded) (abs computed))
            else
                struct (infinity, infinity)

    /// Passes where every number is within the tolerance; `Absolute 0.0` requires equality.
    let compare file (tolerance: Tolerance) quantity (recorded: float[]) (computed: float[]) =
        let mutable a, r, isNear = 0.0, 0.0, true

        if recorded.Length = computed.Length then
            for i in 0 .. recorded.Length - 1 do
                let struct (absolute, relative) = difference recorded[i] computed[i]
                a <- max absolute a
                r <- max relative r

                isNear <-
                    isNear
                    && (absolute = 0.0
                        || match tolerance with
                           | Absolute most -> absolute <= most
                           | Relative most -> absolute <= most || relative <= most
                           | Scaled most -> absolute <= most * (1.0 + abs recorded[i]))
        else
            a <- infinity
            r <- infinity
            isNear <- false

        {
            File = file
            Quantity = quantity
            MaxAbsolute = a
            MaxRelative = r
            Tolerance = tolerance.Number
            Passed = isNear && a < infinity
            Compared = true
        }

    /// A failed check whose quantity is the reason why nothing was compared.
    let impossible file reason = {
        File = file
        Quantity = reason
        MaxAbsolute = infinity
        MaxRelative = infinity
        Tolerance = 0.0
        Passed = false
        Compared = false
    }
